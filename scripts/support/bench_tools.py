"""What several measurements need."""

import os
import pathlib
import subprocess

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
