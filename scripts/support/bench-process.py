"""Measures whole commands: files to rules in force, restarts, rendering, memory. Prints a Markdown table.

Usage: bench-process.py SWITCHYARD [OTHER]. With another executable, such as an older build, each measurement is taken of both,
one after the other, and the table has their ratios. Each number is the median of the rounds; "kernel" is the time that the
process spent in the kernel, which is the floor.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from bench_tools import NODE, Daemon, Namespace, make_state, write_list

ROUNDS = 5

# What is measured, of which state, with which words, and the wanted ratios of time and memory to the other executable.
CASES = [
    ("apply, nothing there", (5000, 10), ["apply"], False, (0.6, None)),
    ("apply, nothing there", (44000, 1), ["apply"], False, (0.35, None)),
    ("apply, nothing there", (5000, 50), ["apply"], False, (0.7, None)),
    ("apply, all there", (5000, 10), ["apply"], True, (0.5, 0.5)),
    ("apply, all there", (5000, 50), ["apply"], True, (0.5, 0.5)),
    ("render --format nft", (5000, 10), ["render", "--format", "nft"], False, (0.5, None)),
    ("render --stage plan", (26500, 10), ["render", "--stage", "plan"], False, (0.5, None)),
    ("apply, iptables", (1000, 10), ["apply", "--proxy-mode", "iptables"], False, (None, None)),
]
MEMORY_OF_RUN = [((5000, 10), 0.7), ((5000, 50), None), ((44000, 1), None)]


class State:
    """A state as one List, and as a file for each object."""

    def __init__(self, folder, services, endpoints):
        self.name = f"{services:,} x {endpoints}"
        self.files = pathlib.Path(folder, f"{services}x{endpoints}")
        self.list = pathlib.Path(folder, f"{services}x{endpoints}.json")
        make_state(self.files, services, endpoints)
        write_list(sorted(self.files.iterdir()), self.list)


def run(words):
    """Seconds from start to end, seconds in the kernel, seconds outside it, and the peak of memory in MiB."""
    start = time.monotonic()
    process = subprocess.Popen([str(word) for word in words], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{words} ended with {process.returncode}")
    return time.monotonic() - start, usage.ru_stime, usage.ru_utime, usage.ru_maxrss / 1024


def measure(binary, state, words, is_restart):
    with Namespace() as namespace:
        command = namespace + [binary, words[0], "--state", state.list, *words[1:], *NODE]
        if is_restart:
            run(command)
        return run(command)


def peak_of_run(binary, state):
    """The peak of memory of a daemon, in MiB, when it has read a file for each object and is in step."""
    with Namespace() as namespace, tempfile.NamedTemporaryFile() as log:
        daemon = Daemon([*namespace, binary, "run", "--state", state.files, *NODE], log.name)
        try:
            daemon.wait_for("the first sync", lambda text: "synced" in text)
            status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()
            return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024
        finally:
            daemon.stop()


def medians(results):
    return [statistics.median(column) for column in zip(*results)]


def ratio(value, base, wanted):
    text = f"{value / base:.2f}"
    return text if wanted is None else f"{text} (wanted {wanted})"


def main(binaries):
    has_other = len(binaries) > 1
    head = ["command", "Services x endpoints", "seconds", "kernel", "MiB"]
    if has_other:
        head += ["other: seconds", "kernel", "MiB", "ratio of time", "ratio outside the kernel", "ratio of memory"]
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    with tempfile.TemporaryDirectory() as folder:
        states = {}
        for _, size, *_ in CASES:
            states[size] = states.get(size) or State(folder, *size)
        for name, size, words, is_restart, (time_wanted, memory_wanted) in CASES:
            results = [[] for _ in binaries]
            for _ in range(ROUNDS):
                for binary, list_of_results in zip(binaries, results):
                    list_of_results.append(measure(binary, states[size], words, is_restart))
            ours = medians(results[0])
            row = [name, states[size].name, f"{ours[0]:.2f}", f"{ours[1]:.2f}", f"{ours[3]:.0f}"]
            if has_other:
                theirs = medians(results[1])
                row += [f"{theirs[0]:.2f}", f"{theirs[1]:.2f}", f"{theirs[3]:.0f}"]
                outside = 0.75 if "iptables" in name else None
                row += [ratio(ours[0], theirs[0], time_wanted), ratio(ours[2], theirs[2], outside)]
                row += [ratio(ours[3], theirs[3], memory_wanted)]
            print("| " + " | ".join(row) + " |", flush=True)
        for size, wanted in MEMORY_OF_RUN:
            peaks = [peak_of_run(binary, states[size]) for binary in binaries]
            row = ["run, from files", states[size].name, "", "", f"{peaks[0]:.0f}"]
            if has_other:
                row += ["", "", f"{peaks[1]:.0f}", "", "", ratio(peaks[0], peaks[1], wanted)]
            print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
