#!/usr/bin/env python3
"""Both ends of the connections that the kernel tests make.

peer.py serve NAME PORT...
    Answers on each PORT over TCP and UDP, IPv4 and IPv6: for every line or datagram that comes in, one line with NAME
    and the address from which it seems to come. Prints "ready" once it listens.
peer.py connect COUNT PROTOCOL HOST PORT SOURCE PATIENCE
    Makes COUNT connections one after another over tcp or udp, from the address SOURCE ("-" for any), and prints as JSON
    how many each NAME answered, which addresses the servers saw, and how many failed and how: "refused", or "silent" if
    there was no answer for PATIENCE seconds.
peer.py hold PROTOCOL HOST PORT
    Opens one connection over tcp, or one socket over udp. For every line of standard input it sends a line and prints
    the answer.
peer.py load HOST PORT
    Makes TCP connections one after another without end, and prints "ok" for every twenty, or at once why one failed.

No SCTP: the kernels that these tests must run on have no SCTP sockets (socket(2) says EPROTONOSUPPORT). It is covered
by the tracer and by what the kernel lists.
"""
import collections
import json
import selectors
import socket
import sys


KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


def plain(address):
    return address.removeprefix("::ffff:")


def serve(name, *ports):
    selector = selectors.DefaultSelector()
    for port in map(int, ports):
        listener = socket.create_server(("::", port), family=socket.AF_INET6, backlog=512, dualstack_ipv6=True)
        selector.register(listener, selectors.EVENT_READ, accept)
        datagrams = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        datagrams.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        datagrams.bind(("::", port))
        selector.register(datagrams, selectors.EVENT_READ, answer_datagram)
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            key.data(selector, key.fileobj, name)


def accept(selector, listener, name):
    connection, _ = listener.accept()
    selector.register(connection, selectors.EVENT_READ, answer)


def answer(selector, connection, name):
    try:
        asked = connection.recv(4096)
        if asked:
            connection.sendall(f"{name} {plain(connection.getpeername()[0])}\n".encode())
    except ConnectionError:
        asked = b""
    if not asked:
        selector.unregister(connection)
        connection.close()


def answer_datagram(selector, datagrams, name):
    _, peer = datagrams.recvfrom(4096)
    datagrams.sendto(f"{name} {plain(peer[0])}\n".encode(), peer)


def connect(count, protocol, host, port, source, patience):
    names, peers, failures = collections.Counter(), set(), collections.Counter()
    for _ in range(int(count)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, KINDS[protocol]) as connection:
            connection.settimeout(float(patience))
            try:
                if source != "-":
                    connection.bind((source, 0))
                connection.connect((host, int(port)))
                connection.sendall(b"who?\n")
                name, peer = connection.recv(4096).decode().split()
                names[name] += 1
                peers.add(peer)
            except (ConnectionRefusedError, PermissionError):
                # Who sends from the node itself is told by EPERM that the packet did not get out.
                failures["refused"] += 1
            except TimeoutError:
                failures["silent"] += 1
    print(json.dumps({"names": names, "peers": sorted(peers), "failures": failures}))


def hold(protocol, host, port):
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, KINDS[protocol]) as connection:
        connection.settimeout(10)
        connection.connect((host, int(port)))
        for _ in sys.stdin:
            connection.sendall(b"who?\n")
            print(connection.recv(4096).decode().strip(), flush=True)


def load(host, port):
    while True:
        try:
            for _ in range(20):
                with socket.create_connection((host, int(port)), timeout=10) as connection:
                    connection.sendall(b"who?\n")
                    connection.recv(4096)
            print("ok", flush=True)
        except OSError as error:
            print(error, flush=True)


modes = {"serve": serve, "connect": connect, "hold": hold, "load": load}
if len(sys.argv) < 2 or sys.argv[1] not in modes:
    sys.exit(__doc__)
modes[sys.argv[1]](*sys.argv[2:])
