"""What several measurements need."""

import os
import pathlib
import subprocess
import sys
import time

PATIENCE_SECONDS = 300
NODE = ["--hostname-override", "node-a", "--cluster-cidr", "10.64.0.0/10"]


class Namespace:
    """A network namespace of its own, empty; what it gives is how a command is run in it."""

    def __enter__(self):
        self.name = f"switchyard-bench-{os.getpid()}"
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        return ["ip", "netns", "exec", self.name]

    def __exit__(self, *_):
        subprocess.run(["ip", "netns", "delete", self.name], check=True)


def make_state(folder, services, endpoints, *options):
    """A file for each object of a cluster of equal Services, in a new folder."""
    folder.mkdir()
    maker = pathlib.Path(__file__).parent.parent / "make-state"
    subprocess.run([maker, "--services", str(services), "--endpoints", str(endpoints), *options, folder], check=True)


def write_list(files, target):
    """One List of all objects in these files, file by file: the memory of this process would count as that of those it starts."""
    with target.open("w") as text:
        separator = '{"apiVersion": "v1", "kind": "List", "items": ['
        for file in files:
            text.write(separator + file.read_text())
            separator = ", "
        text.write("]}")


class Daemon:
    """A command that runs until it is stopped, and what it says on standard error, which goes to a file."""

    def __init__(self, words, log):
        self.log = pathlib.Path(log)
        with self.log.open("w") as file:
            self.process = subprocess.Popen([str(word) for word in words], stderr=file)

    def text(self):
        return self.log.read_text()

    def wait_for(self, what, is_met):
        """Waits until `is_met` says so of all that was said."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not is_met(self.text()):
            if time.monotonic() > end or self.process.poll() is not None:
                sys.exit(f"waited in vain for {what}:\n{self.text()[-2000:]}")
            time.sleep(0.005)

    def stop(self):
        self.process.kill()
        self.process.wait()
