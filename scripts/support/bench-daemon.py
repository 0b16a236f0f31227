"""Measures the daemon at work, in a network namespace of its own: repairs after flushes, and one slice that changes all the time.

Usage: bench-daemon.py SWITCHYARD. Both states are of equal Services; times of one run are set against each other.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from bench_tools import NODE, PATIENCE_SECONDS, Daemon, make_state


class Bench:
    """A namespace, and a folder with a state of `services` times `endpoints`."""

    def __init__(self, binary, services, endpoints):
        self.binary = binary
        self.namespace = f"switchyard-bench-daemon-{os.getpid()}"
        self.folder = tempfile.TemporaryDirectory()
        self.state = pathlib.Path(self.folder.name, "state")
        self.log = pathlib.Path(self.folder.name, "log")
        make_state(self.state, services, endpoints)

    def __enter__(self):
        subprocess.run(["ip", "netns", "add", self.namespace], check=True)
        self.daemon = None
        return self

    def __exit__(self, *_):
        if self.daemon:
            self.daemon.stop()
        subprocess.run(["ip", "netns", "delete", self.namespace], check=True)
        self.folder.cleanup()

    def command(self, *words):
        return ["ip", "netns", "exec", self.namespace, *words]

    def seconds_of_first_load(self, mode):
        start = time.monotonic()
        words = [self.binary, "apply", "--state", self.state, "--proxy-mode", mode, *NODE]
        subprocess.run(self.command(*words), check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - start

    def start(self, mode):
        words = [self.binary, "run", "--state", self.state, "--proxy-mode", mode, *NODE]
        self.daemon = Daemon(self.command(*words), self.log)
        self.wait_for("synced", 1)

    def count(self, words):
        return self.daemon.text().count(words)

    def wait_for(self, words, count):
        self.daemon.wait_for(f"line {count} with «{words}»", lambda text: text.count(words) >= count)


def flushes(binary, services=5000, endpoints=10, times=30):
    with Bench(binary, services, endpoints) as bench:
        first = bench.seconds_of_first_load("nftables")
        bench.start("nftables")
        repairs = []
        for number in range(1, times + 1):
            time.sleep(1)
            subprocess.run(bench.command("nft", "flush", "ruleset"), check=True)
            start = time.monotonic()
            bench.wait_for("repaired", number)
            repairs.append(time.monotonic() - start)
    print(
        f"{times} flushes a second apart, {services} x {endpoints}: first load {first:.2f} s; repaired in "
        f"{statistics.median(repairs) / first:.2f} of it (median), {max(repairs) / first:.2f} (worst)"
    )


def renames(binary, services=4000, endpoints=10, times=200):
    with Bench(binary, services, endpoints) as bench:
        bench.start("iptables")
        target = bench.state / "service-0-1.json"
        slice_text = json.loads(target.read_text())
        for number in range(times):
            slice_text["endpoints"][0]["addresses"] = [f"10.127.0.{number + 1}"]
            new = bench.state / ".new"
            new.write_text(json.dumps(slice_text))
            new.rename(target)
            time.sleep(0.014)
        before = bench.count("synced")
        wanted = f"10.127.0.{times}:8080"
        end = time.monotonic() + PATIENCE_SECONDS
        while wanted not in subprocess.check_output(bench.command("iptables-nft-save", "-t", "nat"), text=True):
            if time.monotonic() > end:
                raise SystemExit("the last endpoint never came into force")
        after = bench.count("synced") - before
    print(
        f"{times} renames of one slice 14 ms apart, {services} x {endpoints}, iptables mode: {before} syncs meanwhile, "
        f"in step {after} syncs after the last"
    )


flushes(sys.argv[1])
renames(sys.argv[1])
