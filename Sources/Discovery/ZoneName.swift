package import NetworkValues

/// One of the zones.
package enum ZoneName: Hashable, Sendable, Comparable {
    /// The cluster's own.
    case cluster
    /// The names of the addresses in a block.
    case reverse(IPPrefix)

    /// The cluster's first.
    package static func < (lhs: Self, rhs: Self) -> Bool {
        switch (lhs, rhs) {
        case (.cluster, .cluster), (.reverse, .cluster): false
        case (.cluster, .reverse): true
        case (.reverse(let lhs), .reverse(let rhs)): lhs < rhs
        }
    }

    /// The name at its top.
    package func origin(_ settings: DiscoverySettings) -> DNSName {
        switch self {
        case .cluster: settings.clusterDomain
        case .reverse(let block): ReverseName.origin(of: block)
        }
    }
}

/// Names of addresses: below in-addr.arpa (RFC 1035 section 3.5) by bytes, below ip6.arpa (RFC 3596) by half bytes.
package enum ReverseName {
    /// The zone of a block whose length is that of whole labels.
    static func origin(of block: IPPrefix) -> DNSName {
        let labels = labels(of: block.address).suffix(block.length / bitsOfLabel(block.family))
        return DNSName(known: (labels + [suffix(block.family)]).joined(separator: "."))
    }

    /// The name of an address.
    package static func name(of address: IPAddress) -> DNSName { origin(of: IPPrefix(only: address)) }

    /// Whether a block is all that is below one name.
    package static func isZone(_ block: IPPrefix) -> Bool {
        block.length > 0 && block.length % bitsOfLabel(block.family) == 0
    }

    /// Adds the name of an address without the name of its zone.
    static func append(_ address: IPAddress, in block: IPPrefix, to bytes: inout [UInt8]) {
        let bits = bitsOfLabel(address.family)
        let count = (address.family.addressBits - block.length) / bits
        if count == 0 { bytes.append(UInt8(ascii: "@")) }
        for index in 0..<count {
            if index > 0 { bytes.append(UInt8(ascii: ".")) }
            let word = index * bits < 64 ? address.low : address.high
            let value = word >> UInt64(index * bits % 64) & (1 << UInt64(bits) - 1)
            if bits == 8 { bytes.append(decimal: value) } else { bytes.append(hexDigit(value)) }
        }
    }

    private static func bitsOfLabel(_ family: IPFamily) -> Int { family == .ipv4 ? 8 : 4 }

    private static func suffix(_ family: IPFamily) -> String { family == .ipv4 ? "in-addr.arpa" : "ip6.arpa" }

    private static func labels(of address: IPAddress) -> [String] {
        address.bytes.reversed().flatMap { byte in
            address.family == .ipv4
                ? ["\(byte)"] : [String(byte & 0xf, radix: 16), String(byte >> 4, radix: 16)]
        }
    }

    private static func hexDigit(_ value: UInt64) -> UInt8 {
        UInt8(truncatingIfNeeded: value) + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10)
    }
}

/// Which reverse zone an address is in.
///
/// A zone claims all addresses below its name, also those of others. Where no block is given, it is therefore a /24 (IPv4) or
/// a /64 (IPv6) around the address, but a /16 or a /56 in the private space that clusters take their ranges from, so that
/// a large cluster does not have thousands of zones.
struct ReverseZones: Sendable {
    private let blocks: [IPPrefix]

    /// - Parameter blocks: Those that the user has chosen.
    init(_ blocks: [IPPrefix]) {
        self.blocks = blocks.sorted { $0.length > $1.length }
    }

    /// The block of the zone.
    func block(of address: IPAddress) -> IPPrefix {
        blocks.first { $0.contains(address) } ?? IPPrefix(address, length: Self.length(address))
            ?? IPPrefix(only: address)
    }

    private static func length(_ address: IPAddress) -> Int {
        switch address.family {
        // 10.0.0.0/8 and 172.16.0.0/12 (RFC 1918), 100.64.0.0/10 (RFC 6598). 192.168.0.0/16 is what homes are in.
        case .ipv4: address.low >> 24 == 10 || address.low >> 20 == 0xac1 || address.low >> 22 == 0x191 ? 16 : 24
        // fc00::/7 (RFC 4193).
        case .ipv6: address.high >> 57 == 0x7e ? 56 : 64
        }
    }
}
