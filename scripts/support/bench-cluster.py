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

from bench_tools import NODE, Daemon, Namespace, make_state, write_list

ROUNDS = 5
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


class Edits:
    """A folder with one List, and with a file that is replaced again and again, and a daemon that follows it."""

    def __init__(self, binary, files, edited):
        self.binary, self.edited = binary, edited
        self.folder = tempfile.TemporaryDirectory()
        self.state = pathlib.Path(self.folder.name, "state")
        self.state.mkdir()
        write_list([file for file in sorted(files.iterdir()) if file.name != edited], self.state / "list.json")
        self.value = json.loads((files / edited).read_text())
        self.write()

    def write(self):
        new = self.state / ".new"
        new.write_text(json.dumps(self.value))
        new.rename(self.state / self.edited)

    def latencies(self, edit, count):
        """In microseconds, from the event to the kernel's answer."""
        with Namespace() as namespace:
            words = [*namespace, self.binary, "run", "--state", self.state, *NODE]
            daemon = Daemon(words, pathlib.Path(self.folder.name, "log"))
            try:
                daemon.wait_for("the first sync", lambda text: "synced" in text)
                for number in range(1, count + 1):
                    edit(self.value)
                    self.write()
                    daemon.wait_for(f"sync {number}", lambda text: len(small_syncs(text)) >= number)
                return [sum(map(int, re.findall(r"\b[a-z]+ (\d+)", times))) for times in small_syncs(daemon.text())]
            finally:
                daemon.stop()
                self.folder.cleanup()


def small_syncs(log):
    """The times of each sync of one Service."""
    return re.findall(r" synced 1 of .*µs: (.*)\n", log)


def turn_slice(value):
    conditions = value["endpoints"][0]["conditions"]
    conditions["ready"] = conditions["serving"] = not conditions["ready"]


def turn_pod(value):
    condition = value["status"]["conditions"][0]
    condition["status"] = "False" if condition["status"] == "True" else "True"


def compare_changes(binary, folder):
    slices = Edits(binary, folder / "slices", "service-0-1.json").latencies(turn_slice, 40)
    pods = Edits(binary, folder / "pods", "service-0-pod-0.json").latencies(turn_pod, 40)
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
