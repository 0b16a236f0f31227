#!/usr/bin/env python3
"""The demonstration itself; scripts/demo installs and builds what it needs.

demo.py SWITCHYARD EXAMPLES    runs it
demo.py serve NAME             an HTTP server that says its name (one of the backends)
demo.py fetch COUNT ADDRESS    makes COUNT connections and prints how many each server answered, as JSON
"""
import collections
import contextlib
import http.client
import http.server
import ipaddress
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

RANGE, STICKY = "10.96.0.0/16", "10.96.0.20"
RANGES = ["--service-cluster-ip-range", RANGE, "--service-node-port-range", "30000-32767"]
ZONE = "default.svc.cluster.local"
BACKENDS = ["backend-1", "backend-2", "backend-3"]
CONNECTIONS = 600


class Failure(Exception):
    """Something that was seen is not what should have been seen."""


class Hello(http.server.BaseHTTPRequestHandler):
    """Answers every request with the server's name."""

    def do_GET(self):
        body = f"{self.server.hello}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def serve(name):
    http.server.ThreadingHTTPServer.request_queue_size = 128
    server = http.server.ThreadingHTTPServer(("", 8080), Hello)
    server.hello = name
    server.serve_forever()


def fetch(count, address):
    names = collections.Counter()
    for _ in range(int(count)):
        connection = http.client.HTTPConnection(address, 80, timeout=10)
        connection.request("GET", "/")
        names[connection.getresponse().read().decode().strip()] += 1
        connection.close()
    print(json.dumps(names))


def run(*command, text=None):
    """Runs a command to its end; it must succeed."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise Failure(f"`{' '.join(map(str, command))}` ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def wait_for(what, is_met):
    deadline = time.monotonic() + 20
    while not is_met():
        if time.monotonic() > deadline:
            raise Failure(f"waited in vain for {what}")
        time.sleep(0.02)


class Network:
    """A node with a link to a client and to each backend; all of it, and all that runs in it, goes at the end."""

    def __init__(self, stack):
        self.stack = stack
        self.prefix = f"switchyard-demo-{os.getpid()}-"
        self.add("node")
        self.check("node", "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
        for number, name in [(9, "client"), *enumerate(BACKENDS, 1)]:
            self.add(name)
            self.link(name, f"10.64.{number}")

    def namespace(self, name):
        return self.prefix + name

    def add(self, name):
        run("ip", "netns", "add", self.namespace(name))
        self.stack.callback(run, "ip", "netns", "delete", self.namespace(name))
        run("ip", "-n", self.namespace(name), "link", "set", "lo", "up")

    def link(self, name, subnet):
        node, far = self.namespace("node"), self.namespace(name)
        run("ip", "link", "add", name, "netns", node, "type", "veth", "peer", "name", "eth0", "netns", far)
        run("ip", "-n", node, "addr", "add", f"{subnet}.254/24", "dev", name)
        run("ip", "-n", node, "link", "set", name, "up")
        run("ip", "-n", far, "addr", "add", f"{subnet}.1/24", "dev", "eth0")
        run("ip", "-n", far, "link", "set", "eth0", "up")
        run("ip", "-n", far, "route", "add", "default", "via", f"{subnet}.254")

    def command(self, name, *command):
        return ["ip", "netns", "exec", self.namespace(name), *map(str, command)]

    def check(self, name, *command):
        return run(*self.command(name, *command))

    def start(self, name, *command, **options):
        process = subprocess.Popen(self.command(name, *command), **options)
        self.stack.callback(stop, process)
        return process

    def is_open(self, name, address, port):
        probe = self.command(name, "bash", "-c", f": </dev/tcp/{address}/{port}")
        return subprocess.run(probe, stderr=subprocess.DEVNULL, timeout=60).returncode == 0

    def fetch(self, count, address):
        return json.loads(self.check("client", sys.executable, __file__, "fetch", count, address))


class NameServer:
    """NSD on the node, with the zones that the daemon writes."""

    def __init__(self, network, folder, zones):
        self.network, self.folder, self.zones, self.process = network, folder, zones, None

    def start(self):
        settings = self.folder / "nsd.conf"
        words = [
            "server:", "  ip-address: 10.64.9.254", "  username: root", f'  zonesdir: "{self.zones}"',
            f'  pidfile: "{self.folder}/nsd.pid"', f'  zonelistfile: "{self.folder}/nsd.zones"', '  database: ""',
            f'  xfrdfile: "{self.folder}/nsd.xfr"', "remote-control:", "  control-enable: no"]
        for file in sorted(self.zones.glob("db.*")):
            words += ["zone:", f"  name: {file.name.removeprefix('db.')}", f'  zonefile: "{file.name}"']
        settings.write_text("\n".join(words) + "\n")
        with open(self.folder / "nsd.log", "wb") as log:
            self.process = self.network.start("node", "nsd", "-d", "-c", settings, stdout=log, stderr=log)
        wait_for("the name server to answer", lambda: self.ask("dns-version.cluster.local", "TXT") == ['"1.1.0"'])

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def ask(self, name, kind="A"):
        """What the client is told, sorted."""
        command = self.network.command("client", "dig", "+short", "+time=1", "+tries=1", "@10.64.9.254", name, kind)
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return sorted(done.stdout.split()) if done.returncode == 0 else []


def stop(process):
    """Ends a process as a user would, and by force if it does not listen."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


def show(title, names):
    print(title)
    for name in BACKENDS:
        count = names.get(name, 0)
        print(f"    {name}  {count:4}  {'#' * (count // 10)}".rstrip())


def expect(is_right, what):
    if not is_right:
        raise Failure(what)


def expect_even(names, expected, count):
    """Each share is within five standard deviations of the even one, and nobody else answered."""
    expect(set(names) <= set(expected), f"only {expected} should have answered, but it was {names}")
    expect(sum(names.values()) == count, f"{count} connections should have been answered, but it was {names}")
    share = 1 / len(expected)
    tolerance = 5 * (count * share * (1 - share)) ** 0.5
    for name in expected:
        difference = abs(names.get(name, 0) - count * share)
        expect(difference <= tolerance, f"{name} should have about {count * share:.0f} connections: {names}")


def demonstrate(switchyard, examples):
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="switchyard-demo-")))
        state, zones, log = folder / "state", folder / "zones", folder / "log"
        shutil.copytree(examples / "demo", state)
        zones.mkdir()
        network = Network(stack)
        for name in BACKENDS:
            network.start(name, sys.executable, __file__, "serve", name)
        for number, name in enumerate(BACKENDS, 1):
            wait_for(f"{name} to listen", lambda: network.is_open("client", f"10.64.{number}.1", 8080))

        def rules():
            return network.check("node", "nft", "list", "ruleset")

        expect(rules() == "", "a new namespace should have no rules")
        with open(log, "wb") as errors:
            daemon = network.start(
                "node", switchyard, "run", "--state", state, "--hostname-override", "node-a",
                "--cluster-cidr", "10.64.0.0/16", "--proxy-mode", "nftables", *RANGES,
                "--allocations", folder / "allocations.json", "--dns-zones", zones, stderr=errors)
        try:
            seen = walk_through(network, daemon, NameServer(network, folder, zones), state, rules)
            expect(stop(daemon) == 0, f"the daemon should have ended with status 0, not {daemon.returncode}")
            expect("table ip switchyard" in rules(), "the rules should stay when the daemon ends")
            network.check("node", switchyard, "cleanup")
            left = rules()
            expect(left == "", f"cleanup should leave nothing behind, but there is\n{left}")
            print("after `switchyard cleanup`, `nft list ruleset` shows nothing")
        except Failure as failure:
            raise Failure(f"{failure}\nthe daemon's log:\n{log.read_text()}") from None
        show_kinds(network, switchyard, examples / "kubernetes")
        return seen


def walk_through(network, daemon, names, state, rules):
    def wait_for_rules(what, is_met):
        def check():
            expect(daemon.poll() is None, f"the daemon ended with status {daemon.returncode}")
            return is_met(rules())
        wait_for(what, check)

    wait_for_rules("the rules of the example", lambda text: "10.64.3.1" in text and STICKY in text)
    wait_for("the zone of the cluster", lambda: (names.zones / "db.cluster.local").exists())
    names.start()
    answers = names.ask(f"web.{ZONE}")
    expect(len(answers) == 1, f"DNS should have one address for web, but has {answers}")
    web = answers[0]
    expect(ipaddress.ip_address(web) in ipaddress.ip_network(RANGE), f"{web} is not in {RANGE}")
    pods = names.ask(f"pods.{ZONE}")
    expect(pods == ["10.64.1.1", "10.64.2.1", "10.64.3.1"], f"the headless Service should have all Pods, not {pods}")
    print(f"the name server says: web.{ZONE} is {web}, which nobody wrote into a file; pods.{ZONE} is {', '.join(pods)}")
    even = network.fetch(CONNECTIONS, web)
    show(f"{CONNECTIONS} connections to the cluster IP {web}:", even)
    expect_even(even, BACKENDS, CONNECTIONS)

    turn_unready(state / "backend-2.yaml")
    gone = f"{web} . tcp . 80 . 2"
    wait_for_rules("two endpoints in the rules", lambda text: gone not in text)
    without = network.fetch(CONNECTIONS, web)
    show(f"the Pod backend-2 is not ready any more; {CONNECTIONS} connections more:", without)
    expect_even(without, [BACKENDS[0], BACKENDS[2]], CONNECTIONS)

    def is_gone():
        names.reload()
        return names.ask(f"pods.{ZONE}") == ["10.64.1.1", "10.64.3.1"]

    wait_for("the name server to leave out backend-2", is_gone)
    print(f"and the name server says: pods.{ZONE} is 10.64.1.1, 10.64.3.1")

    sticky = network.fetch(CONNECTIONS // 2, STICKY)
    show(f"{CONNECTIONS // 2} connections of one client to {STICKY}, which has session affinity:", sticky)
    expect(list(sticky.values()) == [CONNECTIONS // 2], f"one client should have one backend, but it was {sticky}")
    return even, without, sticky


def turn_unready(file):
    """As an editor would: a new file in the place of the old one."""
    text = file.read_text()
    new = text.replace('status: "True"', 'status: "False"')
    expect(new != text, f"{file} should have had a ready Pod")
    draft = file.with_name(".draft")
    draft.write_text(new)
    draft.rename(file)


def show_kinds(network, switchyard, folder):
    """Each kind of Service, from its manifest to what is known of it."""
    print("kinds of Services, each from one manifest:")
    for manifest in sorted(folder.glob("*.yaml")):
        if manifest.name == "node.yaml":
            continue
        state = ["--state", manifest, "--state", folder / "node.yaml", *RANGES]
        run(switchyard, "check", manifest)
        get = run(switchyard, "get", "services", *state).splitlines()
        name, kind, address, *_ = get[1].split()
        node = ["--hostname-override", "node-a", "--cluster-cidr", "10.244.0.0/16"]
        network.check("node", switchyard, "apply", *state, *node)
        slices = json.loads(run(switchyard, "slices", "-o", "json", *state))["items"]
        count = sum(endpoint["conditions"].get("ready", True) for item in slices for endpoint in item["endpoints"])
        dns = run(switchyard, "discover", "dns", *state, name, "ANY")
        records = [line for line in dns.splitlines() if line.startswith(f"{name}.{ZONE}.")]
        expect(records, f"there should be a name for {name}:\n{dns}")
        print(f"    {manifest.name:32} {name:10} {kind:13} {address:12} {count} ready endpoints, {len(records)} records")
    network.check("node", switchyard, "cleanup")


def main():
    start = time.monotonic()
    try:
        even, without, sticky = demonstrate(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]))
    except (Failure, subprocess.SubprocessError, OSError, ValueError) as failure:
        print(f"DEMONSTRATION FAILED: {failure}", file=sys.stderr)
        sys.exit(1)
    shares = ", ".join(str(even[name]) for name in BACKENDS)
    print(
        f"Seen in {time.monotonic() - start:.0f} seconds: from Pods and Services in YAML, {CONNECTIONS} connections to a "
        f"cluster IP that was given out and found by DNS were spread over three Pods ({shares}); without {BACKENDS[1]} the other two shared them ({without[BACKENDS[0]]}, "
        f"{without[BACKENDS[2]]}); one client of a sticky Service had all its connections at {next(iter(sticky))}; and "
        "cleanup left no rule behind.")


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2])
    elif sys.argv[1:2] == ["fetch"]:
        fetch(sys.argv[2], sys.argv[3])
    elif len(sys.argv) == 3:
        # An interrupted demonstration cleans up, too.
        for interruption in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(interruption, lambda *_: sys.exit("DEMONSTRATION FAILED: interrupted"))
        main()
    else:
        sys.exit(__doc__)
