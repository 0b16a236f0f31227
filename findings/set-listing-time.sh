#!/usr/bin/env bash
# To list a set of nftables takes the kernel a time that grows with the square of the number of elements, though it sends each
# element once: a listing is sent in many messages, and for each of them the kernel walks the hash table from its beginning and
# skips what it has sent before. Nobody sees it with a thousand elements; with 400,000 a second look at the set costs more
# than to make it. A whole table's listing has the same cost for each set in it.
#
# Seen on Linux 6.18.44 (x86-64) with nftables 1.0.6 of Debian 12: `nft list set`, seconds in the kernel, the median of three.
#    50,000 elements: 0.15
#   400,000 elements: 4.86, which is 32 times as much for 8 times as many
# Needs root, apt and Debian 12.
set -euo pipefail

work=$(mktemp -d)
namespace=finding-$$
trap 'ip netns delete $namespace 2>/dev/null || true; rm -rf "$work"' EXIT
chmod 755 "$work"
for package in nftables=1.0.6-2+deb12u2 libnftables1=1.0.6-2+deb12u2 libnftnl11=1.2.4-2; do
    (cd "$work" && apt-get download -qq "$package")
done
for file in "$work"/*.deb; do dpkg -x "$file" "$work/root"; done
ip netns add "$namespace"

cat >"$work/measure.py" <<'PYTHON'
import os
import pathlib
import statistics
import subprocess
import sys

work, namespace = pathlib.Path(sys.argv[1]), sys.argv[2]
environment = {"LD_LIBRARY_PATH": str(work / "root/usr/lib/x86_64-linux-gnu"), "PATH": os.environ["PATH"]}


def nft(*words):
    command = ["ip", "netns", "exec", namespace, work / "root/usr/sbin/nft", *words]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


def seconds_of_listing(count):
    elements = ", ".join(f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}" for n in range(count))
    rules = work / "rules"
    rules.write_text(f"table ip t {{\n set s {{\n type ipv4_addr\n elements = {{ {elements} }}\n }}\n}}\n")
    nft("flush", "ruleset")
    nft("-f", rules)
    times = []
    for _ in range(3):
        before = os.times().children_system
        nft("list", "set", "ip", "t", "s")
        times.append(os.times().children_system - before)
    return statistics.median(times)


few, many = 50_000, 400_000
short, long = seconds_of_listing(few), seconds_of_listing(many)
print(f"{few} elements: {short:.2f} s in the kernel; {many}: {long:.2f} s, {long / short:.0f} times as much")
sys.exit(0 if long / short > 2 * many / few else "no longer so: the time grows about as the number does")
PYTHON
python3 "$work/measure.py" "$work" "$namespace"
