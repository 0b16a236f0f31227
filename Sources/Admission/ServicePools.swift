package import NetworkValues

/// The cluster IPs and node ports that there are, and those that Services have.
package struct ServicePools: Hashable, Sendable {
    /// Why a choice cannot be had.
    enum Refusal {
        case taken
        case outOfRange
    }

    /// The blocks of cluster IPs, of which the first has the family that Services get by default; empty if they are
    /// not known, so that any address can be had.
    package let clusterIPRanges: [IPPrefix]
    /// The families that the cluster has, the default first.
    let families: [String]
    /// The node ports, and health check node ports, that can be had.
    package let nodePortRange: ClosedRange<Int>
    /// The cluster IPs that Services have.
    package private(set) var addresses: Set<IPAddress> = []
    /// The node ports and health check node ports that Services have.
    package private(set) var nodePorts: Set<Int> = []

    /// - Parameters:
    ///   - clusterIPRanges: Empty if any address can be had.
    ///   - nodePortRange: All ports if any can be had.
    package init(clusterIPRanges: [IPPrefix] = [], nodePortRange: ClosedRange<Int> = 1...65535) {
        self.clusterIPRanges = clusterIPRanges
        let families = clusterIPRanges.map(\.family.rawValue).reduce(into: [String]()) {
            if !$0.contains($1) { $0.append($1) }
        }
        self.families = families.isEmpty ? ServiceWords.families : families
        self.nodePortRange = nodePortRange
        if let kept = addressOfKubernetes { addresses.insert(kept) }
    }

    /// The first address of the first block, which the server keeps for the Service by which Pods find it.
    private var addressOfKubernetes: IPAddress? { clusterIPRanges.first?.firstForServices }

    /// It is that Service which asks now.
    mutating func giveAddressOfKubernetes() {
        if let kept = addressOfKubernetes { addresses.remove(kept) }
    }

    /// Gives an address to a Service.
    mutating func take(_ address: IPAddress) -> Refusal? {
        let isIn = clusterIPRanges.isEmpty || clusterIPRanges.contains { $0.hasForServices(address) }
        guard isIn else { return .outOfRange }
        return addresses.insert(address).inserted ? nil : .taken
    }

    mutating func release(_ address: IPAddress) { addresses.remove(address) }

    /// Gives a port to a Service.
    mutating func take(nodePort: Int) -> Refusal? {
        guard nodePortRange.contains(nodePort) else { return .outOfRange }
        return nodePorts.insert(nodePort).inserted ? nil : .taken
    }

    mutating func release(nodePort: Int) { nodePorts.remove(nodePort) }

    /// An address of the family that a Service could be given; which one it gets is decided elsewhere, so that
    /// nothing is taken.
    func anyAddress(of family: IPFamily) -> IPAddress {
        clusterIPRanges.first { $0.family == family }?.lastForServices ?? .unspecified(family)
    }
}

extension IPPrefix {
    /// Whether the block has this address for Services: all but the network's, and the broadcast address of IPv4.
    fileprivate func hasForServices(_ other: IPAddress) -> Bool {
        guard contains(other), other != address else { return false }
        return family == .ipv6 || other != lastAddress
    }

    /// The first address that a Service can have; nil if there is none.
    fileprivate var firstForServices: IPAddress? {
        var bytes = address.bytes
        bytes[bytes.count - 1] |= 1
        return IPAddress(bytes: bytes).flatMap { hasForServices($0) ? $0 : nil }
    }

    /// The last address of the block.
    private var lastAddress: IPAddress {
        var bytes = address.bytes
        for bit in length..<family.addressBits { bytes[bit / 8] |= 0x80 >> UInt8(bit % 8) }
        return IPAddress(bytes: bytes) ?? address
    }

    /// The last address that a Service can have.
    fileprivate var lastForServices: IPAddress {
        let last = lastAddress
        return family == .ipv4 ? IPAddress(ipv4: UInt32(truncatingIfNeeded: last.low) &- 1) : last
    }
}
