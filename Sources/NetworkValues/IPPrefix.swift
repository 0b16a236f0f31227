/// A block of addresses in CIDR notation (RFC 4632), always printed masked: `10.1.2.3/8` is `10.0.0.0/8`.
package struct IPPrefix: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The first address of the block.
    package let address: IPAddress

    /// The number of leading bits that are fixed: 0...32 or 0...128.
    package let length: Int

    /// The block of the given length that holds the address; nil if the length does not fit the family.
    package init?(_ address: IPAddress, length: Int) {
        guard (0...address.family.addressBits).contains(length) else { return nil }
        let mask = Self.mask(length: length + (address.family == .ipv4 ? 96 : 0))
        self.address = IPAddress(family: address.family, high: address.high & mask.high, low: address.low & mask.low)
        self.length = length
    }

    /// The block of one address: /32 or /128.
    package init(only address: IPAddress) {
        self.address = address
        self.length = address.family.addressBits
    }

    /// Parses `address/length` as the Kubernetes API does for values that it has stored (`netutils.ParseCIDRSloppy`): bits
    /// beyond the length do not count, and a block of IPv4-mapped IPv6 addresses is one of IPv4 addresses.
    package init?(_ text: some StringProtocol) {
        guard let slash = text.lastIndex(of: "/"), let address = IPAddress(text[..<slash]) else { return nil }
        let digits = text[text.index(after: slash)...]
        guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let length = Int(digits) else { return nil }
        guard address.family == .ipv4, text.contains(":") else {
            self.init(address, length: length)
            return
        }
        let mappedBits = 96
        if length >= mappedBits {
            self.init(address, length: length - mappedBits)
        } else {
            // It holds more than mapped addresses.
            self.init(IPAddress(family: .ipv6, high: 0, low: 0xffff_0000_0000 | address.low), length: length)
        }
    }

    /// The family of the addresses in the block.
    package var family: IPFamily { address.family }

    /// Whether the address is in the block; an address of the other family never is.
    package func contains(_ other: IPAddress) -> Bool {
        guard other.family == family, let same = IPPrefix(other, length: length) else { return false }
        return same.address == address
    }

    /// The same addresses in as few of these blocks as do, sorted.
    package static func union(_ blocks: some Sequence<IPPrefix>) -> [IPPrefix] {
        blocks.sorted().reduce(into: []) { union, block in
            // The shorter of two that begin alike comes first, so that one that holds this one is the last so far.
            if union.last.map({ $0.length <= block.length && $0.contains(block.address) }) != true {
                union.append(block)
            }
        }
    }

    /// The address of the network, then the longer block last.
    package static func < (lhs: IPPrefix, rhs: IPPrefix) -> Bool {
        lhs.address != rhs.address ? lhs.address < rhs.address : lhs.length < rhs.length
    }

    /// `10.0.0.0/8`.
    package var description: String { "\(address)/\(length)" }

    private static func mask(length: Int) -> (high: UInt64, low: UInt64) {
        let high = length >= 64 ? UInt64.max : ~(UInt64.max >> UInt64(length))
        let low = length <= 64 ? 0 : ~(UInt64.max >> UInt64(length - 64))
        return (high, length >= 128 ? UInt64.max : low)
    }
}

extension IPFamily {
    /// The addresses that never leave the host: `127.0.0.0/8` (RFC 1122) or `::1/128` (RFC 4291).
    package var loopback: IPPrefix {
        let prefix =
            self == .ipv4
            ? IPPrefix(IPAddress(ipv4: 0x7f00_0000), length: 8) : IPPrefix(IPAddress(ipv6High: 0, low: 1), length: 128)
        guard let prefix else { preconditionFailure("8 and 128 are lengths of prefixes") }
        return prefix
    }
}
