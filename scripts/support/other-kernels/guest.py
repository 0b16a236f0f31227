"""What scripts/other-kernels tests on a kernel: real connections between network namespaces, in both modes.

Prints a line `RESULT CHECK ok` or `RESULT CHECK failed REASON` for each check, and `RESULT end KERNEL`.
"""
import json
import os
import pathlib
import shutil
import subprocess
import time

STATE = pathlib.Path("/tmp/state")
BACKENDS = {"b1": 1, "b2": 2}
FIXTURE = "ipv6-affinity-two-ports.json"


class Failure(Exception):
    """Something that was seen is not what should have been seen."""


def run(*command, patience=120):
    done = subprocess.run(command, capture_output=True, text=True, timeout=patience)
    if done.returncode != 0:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines() or [""]
        raise Failure(f"`{' '.join(command[:3])}` ended with {done.returncode}: {lines[-1]}")
    return done.stdout


def write(name, *objects):
    (STATE / f"{name}.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))


def service(name, number, **spec):
    addresses = [f"10.96.0.{number}", f"fd96::{number}"]
    ports = [{"name": name, "port": 80, "targetPort": 8080, "protocol": name.upper()} for name in ["tcp", "udp"]]
    if spec.get("type") == "NodePort":
        ports[0]["nodePort"] = 30080
    spec |= {"clusterIP": addresses[0], "clusterIPs": addresses, "ipFamilies": ["IPv4", "IPv6"],
             "ipFamilyPolicy": "PreferDualStack", "ports": ports}
    yield {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "test"}, "spec": spec}
    for family, prefix in [("IPv4", "10.64.{}.1"), ("IPv6", "fd64:0:0:{}::1")]:
        yield {
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": family,
            "metadata": {
                "name": f"{name}-{family.lower()}", "namespace": "test", "labels": {"kubernetes.io/service-name": name}},
            "ports": [{"name": port["name"], "port": 8080, "protocol": port["protocol"]} for port in ports],
            "endpoints": [{"addresses": [prefix.format(backend)]} for backend in BACKENDS.values()],
        }


def write_state():
    STATE.mkdir()
    addresses = [{"type": "InternalIP", "address": address} for address in ["10.64.9.254", "fd64:0:0:9::fe"]]
    write("node", {
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-a"}, "status": {"addresses": addresses}})
    write("web", *service("web", 110))
    write("sticky", *service("sticky", 120, sessionAffinity="ClientIP"))
    write("node-port", *service("node-port", 130, type="NodePort"))


def make_network():
    for path in ["ipv4/ip_forward", "ipv6/conf/all/forwarding"]:
        pathlib.Path("/proc/sys/net", path).write_text("1")
    for name, number in [("client", 9), *BACKENDS.items()]:
        run("ip", "netns", "add", name)
        run("ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name)
        for options, device, host in [([], name, ("254", "fe")), (["-n", name], "eth0", ("1", "1"))]:
            run("ip", *options, "addr", "add", f"10.64.{number}.{host[0]}/24", "dev", device)
            run("ip", *options, "addr", "add", f"fd64:0:0:{number}::{host[1]}/64", "dev", device, "nodad")
            run("ip", *options, "link", "set", device, "up")
        run("ip", "-n", name, "link", "set", "lo", "up")
        run("ip", "-n", name, "route", "add", "default", "via", f"10.64.{number}.254")
        run("ip", "-n", name, "route", "add", "default", "via", f"fd64:0:0:{number}::fe")
    for name in BACKENDS:
        server = subprocess.Popen(
            ["ip", "netns", "exec", name, "python3", "/test/peer.py", "serve", name, "8080"],
            stdout=subprocess.PIPE, text=True)
        if server.stdout.readline() != "ready\n":
            raise Failure(f"the server {name} does not start")


def connect(count, protocol, host, port, patience=5):
    """Who answered, by name; every connection must be answered."""
    report = json.loads(run(
        "ip", "netns", "exec", "client", "python3", "/test/peer.py", "connect", str(count), protocol, host, str(port),
        "-", str(patience)))
    if report["failures"]:
        raise Failure(f"{protocol} to {host}: {report['failures']}")
    return report["names"]


def switchyard(command, mode):
    return [
        "switchyard", command, "--state", str(STATE), "--hostname-override", "node-a", "--proxy-mode", mode,
        "--cluster-cidr", "10.64.0.0/16,fd64::/48"]


def check_spread(protocol, *hosts):
    for host in hosts:
        names = connect(40, protocol, host, 80)
        if set(names) != set(BACKENDS):
            raise Failure(f"{protocol} to {host}: answered by {names} alone")


def check_affinity(*hosts):
    for host in hosts:
        names = connect(12, "tcp", host, 80)
        if len(names) != 1:
            raise Failure(f"{host}: answered by {names}")


def check_node_port():
    for host in ["10.64.9.254", "fd64:0:0:9::fe"]:
        connect(4, "tcp", host, 30080)


def check_fixture(mode):
    """A Service that a kernel may refuse, or not: all others are served."""
    shutil.copy(f"/test/{FIXTURE}", STATE)
    try:
        write("late", *service("late", 140))
        try:
            run(*switchyard("apply", mode))
        except Failure as failure:
            # Status 1 may mean that one Service was left out, which is no harm to the others.
            print(failure)
        check_spread("tcp", "10.96.0.110", "fd96::110", "10.96.0.140", "fd96::140")
        run(*switchyard("apply", mode))
    finally:
        (STATE / FIXTURE).unlink()
        (STATE / "late.json").unlink()


def check_no_change(mode):
    diff = subprocess.run(switchyard("diff", mode), capture_output=True, text=True, timeout=120)
    if diff.returncode != 0:
        raise Failure(f"diff after apply ends with {diff.returncode}: {(diff.stdout + diff.stderr).splitlines()[:1]}")


def check_repair(mode):
    with open("/tmp/log", "w+") as log:
        daemon = subprocess.Popen(switchyard("run", mode), stderr=log)
        try:
            wait_for("the first sync", lambda: "synced" in pathlib.Path("/tmp/log").read_text())
            run("nft", "flush", "ruleset")
            wait_for("the repair", lambda: "repaired" in pathlib.Path("/tmp/log").read_text())
            check_spread("tcp", "10.96.0.110", "fd96::110")
        finally:
            daemon.terminate()
            if daemon.wait(60) != 0:
                raise Failure("run does not end with 0 on SIGTERM")


def wait_for(what, is_met):
    deadline = time.monotonic() + 60
    while not is_met():
        if time.monotonic() > deadline:
            raise Failure(f"waited in vain for {what}")
        time.sleep(0.1)


def check_cleanup():
    run("switchyard", "cleanup")
    rules = run("nft", "list", "ruleset")
    if "switchyard" in rules or "KUBE-SVC" in rules:
        raise Failure("rules are left")


def check(name, body, *arguments):
    try:
        body(*arguments)
        print(f"RESULT {name} ok", flush=True)
    except (Failure, OSError, subprocess.TimeoutExpired) as error:
        print(f"RESULT {name} failed {error}".replace("\n", " "), flush=True)


def main():
    write_state()
    make_network()
    for mode in ["nftables", "iptables"]:
        check(f"{mode}:apply", run, *switchyard("apply", mode))
        check(f"{mode}:IPv4-TCP", check_spread, "tcp", "10.96.0.110")
        check(f"{mode}:IPv6-TCP", check_spread, "tcp", "fd96::110")
        check(f"{mode}:UDP", check_spread, "udp", "10.96.0.110", "fd96::110")
        check(f"{mode}:affinity", check_affinity, "10.96.0.120", "fd96::120")
        check(f"{mode}:node-ports", check_node_port)
        check(f"{mode}:second-apply", check_no_change, mode)
        check(f"{mode}:affinity-on-two-ports", check_fixture, mode)
        check(f"{mode}:repair", check_repair, mode)
        check(f"{mode}:cleanup", check_cleanup)
    print(f"RESULT end {os.uname().release}", flush=True)


if __name__ == "__main__":
    main()
