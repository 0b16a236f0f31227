"""Measures what takes the place of a cluster: endpoints found by selectors, against slices that are ready.

Usage: bench-cluster.py SWITCHYARD. Each number is the median of the rounds, in which what is compared takes turns.
"""

import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

from bench_tools import NODE, Namespace, make_state, write_list

ROUNDS = 5
PATIENCE_SECONDS = 120
SERVICES, ENDPOINTS = 5000, 10


def seconds(words):
    start = time.monotonic()
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


def first_load(binary, state):
    with Namespace() as namespace:
        return seconds([*namespace, binary, "apply", "--state", state, *NODE])


def compare_loads(binary, folder):
    lists = {}
    for name, options in [("slices", []), ("pods", ["--pods"])]:
        make_state(folder / name, SERVICES, ENDPOINTS, *options)
        lists[name] = folder / f"{name}.json"
        write_list(sorted((folder / name).iterdir()), lists[name])
    times = {name: [] for name in lists}
    for _ in range(ROUNDS):
        for name, state in lists.items():
            times[name].append(first_load(binary, state))
    slices, pods = (statistics.median(times[name]) for name in ("slices", "pods"))
    print(
        f"{SERVICES} Services, {SERVICES * ENDPOINTS} Pods, files to rules in force: {pods:.2f} s, with slices that are ready "
        f"{slices:.2f} s: {pods / slices:.2f} x (wanted 1.5)")


class Daemon:
    """A daemon that follows a folder with one List, and with a file that is replaced again and again."""

    def __init__(self, binary, files, edited):
        self.binary, self.edited = binary, edited
        self.folder = tempfile.TemporaryDirectory()
        self.state = pathlib.Path(self.folder.name, "state")
        self.log = pathlib.Path(self.folder.name, "log")
        self.state.mkdir()
        write_list([file for file in sorted(files.iterdir()) if file.name != edited], self.state / "list.json")
        self.value = json.loads((files / edited).read_text())
        self.write()

    def write(self):
        new = self.state / ".new"
        new.write_text(json.dumps(self.value))
        new.rename(self.state / self.edited)

    def syncs(self):
        return [line for line in self.log.read_text().splitlines() if " synced 1 of " in line]

    def wait_for(self, what, is_met):
        end = time.monotonic() + PATIENCE_SECONDS
        while not is_met():
            if time.monotonic() > end or self.process.poll() is not None:
                sys.exit(f"waited in vain for {what}:\n{self.log.read_text()[-2000:]}")
            time.sleep(0.005)

    def latencies(self, edit, count):
        """In microseconds, from the event to the kernel's answer."""
        with Namespace() as namespace:
            words = [*namespace, self.binary, "run", "--state", self.state, *NODE]
            with self.log.open("w") as log:
                self.process = subprocess.Popen([str(word) for word in words], stderr=log)
            try:
                self.wait_for("the first sync", lambda: "synced" in self.log.read_text())
                for number in range(1, count + 1):
                    edit(self.value)
                    self.write()
                    self.wait_for(f"sync {number}", lambda: len(self.syncs()) >= number)
                return [sum(map(int, re.findall(r"\b[a-z]+ (\d+)", line.split("µs: ")[1]))) for line in self.syncs()]
            finally:
                self.process.kill()
                self.process.wait()
                self.folder.cleanup()


def turn_slice(value):
    conditions = value["endpoints"][0]["conditions"]
    conditions["ready"] = conditions["serving"] = not conditions["ready"]


def turn_pod(value):
    condition = value["status"]["conditions"][0]
    condition["status"] = "False" if condition["status"] == "True" else "True"


def compare_changes(binary, folder):
    slices = Daemon(binary, folder / "slices", "service-0-1.json").latencies(turn_slice, 40)
    pods = Daemon(binary, folder / "pods", "service-0-pod-0.json").latencies(turn_pod, 40)
    before, after = statistics.median(slices), statistics.median(pods)
    print(
        f"one Pod of {SERVICES * ENDPOINTS} turned unready, from the event to the rules: {after / 1000:.2f} ms, one slice edited "
        f"{before / 1000:.2f} ms: {after / before:.2f} x (wanted 2)")


def main(binary):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        compare_loads(binary, folder)
        compare_changes(binary, folder)


if __name__ == "__main__":
    main(sys.argv[1])
