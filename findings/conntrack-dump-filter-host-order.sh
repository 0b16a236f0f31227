#!/usr/bin/env bash
# Every number of ctnetlink is in network byte order, but the flags of a dump's filter (CTA_FILTER_ORIG_FLAGS in
# CTA_FILTER, Linux 5.8 and later) are in host order. Their bits are in no uapi header either, only in the kernel's own
# net/netfilter/nf_internals.h: 1 << 3 is "the protocol number". Whoever writes them as all else is told EINVAL on a
# little-endian machine, which looks as if the kernel had no filter.
#
# Seen on Linux 6.18.44 (x86-64), entries made with pyroute2 0.7.12: two UDP flows and one TCP flow in a new network
# namespace.
#   without a filter: 3 flows
#   host order: 2 flows
#   network order: EINVAL
# Needs root, python3 with pip, and a little-endian machine.
set -euo pipefail

work=$(mktemp -d)
namespace=finding-$$
trap 'ip netns delete $namespace 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --target "$work" pyroute2==0.7.12
ip netns add "$namespace"

cat >"$work/dump.py" <<'PYTHON'
import errno
import socket
import struct
import sys

from pyroute2 import NFCTSocket
from pyroute2.netlink.nfnetlink.nfctsocket import NFCTAttrTuple

with NFCTSocket() as conntrack:
    for protocol, port in (socket.IPPROTO_UDP, 1001), (socket.IPPROTO_UDP, 1002), (socket.IPPROTO_TCP, 1003):
        there = NFCTAttrTuple(saddr="192.0.2.1", daddr="192.0.2.2", proto=protocol, sport=port, dport=53)
        conntrack.entry("add", timeout=60, tuple_orig=there, tuple_reply=there.reverse())


def attribute(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def dump(flags):
    """How many flows the kernel lists, or the name of its error."""
    nested = 0x8000
    body = struct.pack("=BBH", socket.AF_INET, 0, 0)
    if flags:
        udp = attribute(1, bytes([socket.IPPROTO_UDP]))  # CTA_PROTO_NUM
        body += attribute(1 | nested, attribute(2 | nested, udp))  # CTA_TUPLE_ORIG, CTA_TUPLE_PROTO
        body += attribute(25 | nested, attribute(1, flags) + attribute(2, bytes(4)))  # CTA_FILTER and both its flags
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as netfilter:
        header = struct.pack("=IHHII", 16 + len(body), 1 << 8 | 1, 0x301, 1, 0)  # IPCTNL_MSG_CT_GET, NLM_F_DUMP
        netfilter.send(header + body)
        count = 0
        while True:
            answer = netfilter.recv(1 << 17)
            while answer:
                length, kind = struct.unpack_from("=IH", answer)
                if kind == 2:  # NLMSG_ERROR
                    return errno.errorcode[-struct.unpack_from("=i", answer, 16)[0]]
                if kind == 3:  # NLMSG_DONE
                    return f"{count} flows"
                count += 1
                answer = answer[(length + 3) & ~3 :]


seen = [dump(None), dump(struct.pack("=I", 1 << 3)), dump(struct.pack(">I", 1 << 3))]
for what, result in zip(("without a filter", "host order", "network order"), seen):
    print(f"{what}: {result}")
sys.exit(seen != ["3 flows", "2 flows", "EINVAL"])
PYTHON
PYTHONPATH="$work" ip netns exec "$namespace" python3 "$work/dump.py"
