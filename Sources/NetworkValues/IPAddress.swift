/// An address family of the Internet Protocol. Everything Switchyard compiles exists once per family.
package enum IPFamily: String, Hashable, Sendable, CaseIterable, Comparable {
    case ipv4 = "IPv4"
    case ipv6 = "IPv6"

    /// The number of bits of an address of this family: 32 or 128.
    package var addressBits: Int { self == .ipv4 ? 32 : 128 }

    /// The number of bytes of an address of this family: 4 or 16.
    package var addressBytes: Int { addressBits / 8 }

    /// What nftables calls the family, in the names of tables and in front of addresses: `ip` or `ip6`.
    package var nftKeyword: String { self == .ipv4 ? "ip" : "ip6" }

    /// IPv4 sorts before IPv6.
    package static func < (lhs: IPFamily, rhs: IPFamily) -> Bool { lhs == .ipv4 && rhs == .ipv6 }
}

/// An IPv4 or IPv6 address.
///
/// An IPv4-mapped IPv6 address (`::ffff:10.0.0.1`) is the IPv4 address, as it is to the Kubernetes API.
package struct IPAddress: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The upper 64 bits in host order; 0 for IPv4.
    package let high: UInt64

    /// The lower 64 bits in host order; for IPv4 the address is in the lowest 32.
    package let low: UInt64

    /// The family, which also says how many of the bits count. It is the last of the fields so that small ones that follow an
    /// address in another value fit in behind it.
    package let family: IPFamily

    /// An IPv4 address from its 32 bits, `0x0a000001` being 10.0.0.1.
    package init(ipv4 bits: UInt32) {
        self.init(family: .ipv4, high: 0, low: UInt64(bits))
    }

    /// An IPv6 address from its two halves in host order. A mapped IPv4 address becomes that address.
    package init(ipv6High high: UInt64, low: UInt64) {
        if high == 0 && low >> 32 == 0xffff {
            self.init(family: .ipv4, high: 0, low: low & 0xffff_ffff)
        } else {
            self.init(family: .ipv6, high: high, low: low)
        }
    }

    init(family: IPFamily, high: UInt64, low: UInt64) {
        self.family = family
        self.high = high
        self.low = low
    }

    /// The bytes in network order: 4 or 16 of them.
    package var bytes: [UInt8] {
        let words = family == .ipv4 ? [low << 32] : [high, low]
        let all = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } }
        return Array(all.prefix(family.addressBytes))
    }

    /// The address in 4 or 16 bytes of network order; nil for any other count.
    package init?(bytes: some Collection<UInt8>) {
        switch bytes.count {
        case 4: self.init(family: .ipv4, high: 0, low: Self.word(bytes))
        case 16: self.init(ipv6High: Self.word(bytes.prefix(8)), low: Self.word(bytes.suffix(8)))
        default: return nil
        }
    }

    private static func word(_ bytes: some Collection<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// IPv4 before IPv6, then by number.
    package static func < (lhs: IPAddress, rhs: IPAddress) -> Bool {
        if lhs.family != rhs.family { return lhs.family < rhs.family }
        return lhs.high != rhs.high ? lhs.high < rhs.high : lhs.low < rhs.low
    }

    /// The canonical text: dotted quad, or RFC 5952 for IPv6.
    package var description: String {
        family == .ipv4 ? Self.dottedQuad(UInt32(truncatingIfNeeded: low)) : ipv6Description
    }

    private static func dottedQuad(_ bits: UInt32) -> String {
        let bytesMax = 15
        return String(unsafeUninitializedCapacity: bytesMax) { buffer in
            var count = 0
            func put(_ byte: UInt8) {
                buffer[count] = byte
                count += 1
            }
            for shift in stride(from: UInt32(24), through: 0, by: -8) {
                let octet = UInt8(truncatingIfNeeded: bits >> shift)
                if octet >= 100 { put(UInt8(ascii: "0") + octet / 100) }
                if octet >= 10 { put(UInt8(ascii: "0") + octet / 10 % 10) }
                put(UInt8(ascii: "0") + octet % 10)
                if shift > 0 { put(UInt8(ascii: ".")) }
            }
            return count
        }
    }

    private var ipv6Description: String {
        let groups = [high, low].flatMap { word in (0..<4).map { UInt16(truncatingIfNeeded: word >> (48 - 16 * $0)) } }
        guard let gap = Self.longestZeroRun(groups) else { return Self.join(groups[...]) }
        return Self.join(groups[..<gap.lowerBound]) + "::" + Self.join(groups[gap.upperBound...])
    }

    private static func join(_ groups: ArraySlice<UInt16>) -> String {
        groups.map { String($0, radix: 16) }.joined(separator: ":")
    }

    /// RFC 5952 section 4.2: the longest run of at least two zero groups, the first one if several are as long.
    private static func longestZeroRun(_ groups: [UInt16]) -> Range<Int>? {
        var best: Range<Int>?
        var start = 0
        while start < groups.count {
            let end = groups[start...].firstIndex { $0 != 0 } ?? groups.count
            if end - start >= 2 && end - start > best?.count ?? 0 { best = start..<end }
            start = max(end, start) + 1
        }
        return best
    }
}
