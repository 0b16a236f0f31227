#!/usr/bin/env bash
# BIND's named refuses a whole zone if any name in it has more than 100 records of one type (max-records-per-type, by default 100
# since 9.18.28 and 9.20.0), and answers SERVFAIL for all of it. Its checkers know nothing of that: named-checkzone says OK, and
# so does `named-checkconf -z` of the very configuration. A headless Service with 101 endpoints makes such a zone; NSD and Knot
# take it.
#
# Seen with Debian's bind9 1:9.18.49-1~deb12u3 (x86-64):
#   101 addresses: named-checkzone passes, named-checkconf -z passes, named answers SERVFAIL
#   101 addresses and `max-records-per-type 0;`: named answers NOERROR
#   100 addresses: named answers NOERROR
# Needs root, Debian 12 and iproute2.
set -euo pipefail

version=1:9.18.49-1~deb12u3
work=$(mktemp -d)
namespace=finding-$$
cleanup() {
    [ -z "${server:-}" ] || kill "$server" 2>/dev/null || true
    ip netns delete $namespace 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
mkdir "$work/packages"
chmod 755 "$work"
(
    cd "$work/packages"
    for package in bind9 bind9-utils bind9-dnsutils bind9-libs; do
        apt-get download --quiet --quiet "$package=$version" 2>/dev/null
    done
    for package in libuv1 libmaxminddb0 liblmdb0 libjson-c5 libprotobuf-c1 libfstrm0 libnghttp2-14 libxml2 libedit2; do
        apt-get download --quiet --quiet "$package" 2>/dev/null
    done
    for package in *.deb; do dpkg --extract "$package" "$work/root"; done
)
export LD_LIBRARY_PATH="$work/root/usr/lib/$(uname -m)-linux-gnu:$work/root/lib/$(uname -m)-linux-gnu"
bin=$work/root/usr
ip netns add "$namespace"
ip -n "$namespace" link set lo up

# How named answers for a zone of so many addresses, with this option.
answer() {
    {
        echo '$TTL 5'
        echo '@ SOA ns mail 1 7200 1800 86400 5'
        echo ' NS ns'
        echo 'ns A 127.0.0.1'
        for number in $(seq "$1"); do echo "many A 192.0.2.$number"; done
    } >"$work/zone"
    cat >"$work/named.conf" <<CONF
options {
    directory "$work"; pid-file none; session-keyfile none; recursion no; $2
    listen-on port 5300 { 127.0.0.1; }; listen-on-v6 { none; };
};
controls { };
zone "example" { type primary; file "zone"; };
CONF
    "$bin/bin/named-checkzone" -q example "$work/zone" && "$bin/bin/named-checkconf" -z "$work/named.conf" >/dev/null || return 1
    ip netns exec "$namespace" "$bin/sbin/named" -f -c "$work/named.conf" >"$work/log" 2>&1 &
    server=$!
    local status=""
    for _ in $(seq 300); do
        status=$(ip netns exec "$namespace" "$bin/bin/dig" @127.0.0.1 -p 5300 +norecurse +tries=1 +timeout=1 ns.example A |
            sed -n 's/.*status: \([A-Z]*\),.*/\1/p')
        [ -z "$status" ] || break
        sleep 0.1
    done
    kill "$server"
    wait "$server" || true
    server=""
    echo "$status"
}

seen="$(answer 101 '') $(answer 101 'max-records-per-type 0;') $(answer 100 '')"
echo "named, after both checkers have passed the zone: $seen"
[ "$seen" = "SERVFAIL NOERROR NOERROR" ]
