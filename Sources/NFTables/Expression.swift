package import NetworkValues

/// Something that a rule reads from a packet or from the kernel, and that can be a field of a set's key.
package enum Expression: Hashable, Sendable {
    /// `ip saddr` or `ip6 saddr`.
    case sourceAddress(IPFamily)
    /// `ip daddr` or `ip6 daddr`.
    case destinationAddress(IPFamily)
    /// `th dport`: the destination port of TCP, UDP or SCTP (which all have it in the same place).
    case destinationPort
    /// `meta l4proto`.
    case transportProtocol
    /// `numgen random mod N offset M`: M..<M + N, drawn anew each time.
    case randomNumber(modulus: UInt32, offset: UInt32 = 0)
}

/// What a rule does with one packet: a match that may end the rule, or an action.
///
/// Each case says, by its `nft` syntax, what it prints; the encoder lowers it to the kernel's expressions, the packet
/// tracer runs it.
package enum Statement: Hashable, Sendable {
    /// `ip saddr 10.64.0.0/16` or `ip saddr != 10.64.0.0/16`.
    case matchSource(IPPrefix, isNegated: Bool)
    /// `ip daddr 127.0.0.0/8` or `ip daddr != 127.0.0.0/8`.
    case matchDestination(IPPrefix, isNegated: Bool)
    /// `fib daddr type local` or `fib saddr type local`: an address that is the host's own.
    case matchLocal(AddressSide)
    /// `iifname "br0"`, `iifname != "veth*"`: the interface on which the packet came; a final `*` stands for any ending.
    case matchInputInterface(String, isNegated: Bool)
    /// `meta l4proto tcp`.
    case matchProtocol(TransportProtocol)
    /// `ct state new`: the first packet of a connection.
    case matchNewConnection
    /// `ct status dnat`: a connection whose destination was changed.
    case matchTranslatedDestination
    /// `meta mark & 0x00004000 != 0x00000000`.
    case matchMark(UInt32)
    /// `ip daddr @cluster-ips`: the fields, looked up in a set.
    case lookup([Expression], set: String)
    /// `ip daddr . meta l4proto . th dport vmap @services`: the verdict that the map has for the fields, if any.
    case verdictMap([Expression], map: String)
    /// `meta mark set meta mark | 0x00004000`.
    case setMarkBits(UInt32)
    /// `meta mark set meta mark ^ 0x00004000`.
    case flipMarkBits(UInt32)
    /// `masquerade fully-random`.
    case masqueradeFullyRandom
    /// `dnat to 10.0.0.1:8080`.
    case dnat(SocketAddress)
    /// `dnat ip to ip daddr . meta l4proto . th dport . numgen random mod 3 map @backends`: the address and port that
    /// the map has for the fields, if any.
    case dnatMap(IPFamily, [Expression], map: String)
    /// `dnat ip6 to ip6 saddr map @affinity-ID : 8080`: the address that the map has for the fields, if any, with this
    /// port.
    case dnatAddressMap(IPFamily, [Expression], map: String, port: UInt16)
    /// `update @affinity-ID { ip saddr timeout 3h : 10.0.0.1 . 8080 }`: a new element, or a new lease of life for the
    /// element that is there, whose data stay as they are.
    case updateMap(String, key: [Expression], timeoutSeconds: UInt32, data: Tuple)
    /// `update @seen { ip saddr timeout 3h }`: a new element of a set, or a new lease of life for the one that is there.
    case updateSet(String, key: [Expression], timeoutSeconds: UInt32)
    /// `reject`: ICMP or ICMPv6 port unreachable.
    case reject
    /// `reject with tcp reset`, after a match of TCP in the same rule: the answer of a host where nobody listens.
    case rejectWithReset
    /// `goto pick-3`, `jump x`, `drop`, `accept`, `return`.
    case verdict(Verdict)
}

/// Where a packet goes next. The corresponding kernel type is `enum nft_verdicts`.
package enum Verdict: Hashable, Sendable {
    /// `accept`: done with this base chain.
    case accept
    /// `drop`: the packet is no more.
    case drop
    /// `return`: back to the calling chain.
    case `return`
    /// `jump CHAIN`: go on there, come back at its end.
    case jump(String)
    /// `goto CHAIN`: go on there, return to the caller's caller at its end.
    case goto(String)

    /// The chain that a jump or goto leads to.
    package var chain: String? {
        switch self {
        case .jump(let name), .goto(let name): name
        case .accept, .drop, .return: nil
        }
    }
}
