import ClusterModel
import NetworkValues

/// Something that only one Service can have. The API sees to it for cluster IPs and node ports; files need not agree, and
/// external IPs are anybody's.
enum Claim: Hashable {
    /// A cluster IP, with all its ports.
    case clusterIP(IPAddress)
    /// A port of any address of a Service.
    case frontend(SocketAddress, TransportProtocol)
    /// A port of the node, in one family.
    case nodePort(UInt16, TransportProtocol, IPFamily)
}

/// Who claims what. Of several Services the oldest has it; of those of one age, and those whose age is not known, the first
/// by name.
struct Claims {
    private struct Claimant: Hashable {
        let creationTimestamp: Timestamp?
        let name: NamespacedName

        static func precedes(_ lhs: Claimant, _ rhs: Claimant) -> Bool {
            switch (lhs.creationTimestamp, rhs.creationTimestamp) {
            case (let left?, let right?) where left != right: left < right
            case (.some, nil): true
            case (nil, .some): false
            default: lhs.name < rhs.name
            }
        }
    }

    private struct Entry: Equatable {
        let claimant: Claimant
        let claims: Set<Claim>
    }

    private var claimants: [Claim: [Claimant]] = [:]
    private var entries: [NamespacedName: Entry] = [:]

    /// What a Service's change means for others.
    struct Change {
        /// Those that claim the same.
        var rivals: Set<NamespacedName> = []
        /// The cluster IPs that came, went, or may have changed hands.
        var clusterIPs: Set<IPAddress> = []
    }

    /// Who has it.
    func owner(of claim: Claim) -> NamespacedName? {
        guard let all = claimants[claim] else { return nil }
        return all.count == 1 ? all[0].name : all.min(by: Claimant.precedes)?.name
    }

    /// Takes note of what a Service claims now.
    ///
    /// - Parameter service: nil if it is gone, or not proxied.
    mutating func update(_ name: NamespacedName, to service: Service?) -> Change {
        var change = Change()
        let new = service.map { service in
            Entry(
                claimant: Claimant(creationTimestamp: service.metadata.creationTimestamp, name: name),
                claims: service.claims)
        }
        let old = entries[name]
        if old == new { return change }
        let isSameAge = old?.claimant == new?.claimant
        let before = old?.claims ?? []
        let after = new?.claims ?? []
        for claim in isSameAge ? before.symmetricDifference(after) : before.union(after) {
            change.rivals.formUnion((claimants[claim] ?? []).map(\.name))
            if case .clusterIP(let address) = claim { change.clusterIPs.insert(address) }
            claimants[claim]?.removeAll { $0.name == name }
            if claimants[claim]?.isEmpty == true { claimants[claim] = nil }
            if let new, after.contains(claim) { claimants[claim, default: []].append(new.claimant) }
        }
        entries[name] = new
        return change
    }
}

extension Service {
    /// All that only one Service can have and this one asks for.
    fileprivate var claims: Set<Claim> {
        var claims = Set(clusterIPs.map(Claim.clusterIP))
        let families = Set(clusterIPs.map(\.family))
        let addresses = clusterIPs + (externalIPs + loadBalancerIPs).filter { families.contains($0.family) }
        for port in ports {
            for address in addresses {
                claims.insert(.frontend(SocketAddress(address, port.port), port.transportProtocol))
            }
            guard port.nodePort != 0 else { continue }
            for family in families { claims.insert(.nodePort(port.nodePort, port.transportProtocol, family)) }
        }
        return claims
    }
}

extension Frontend {
    /// What only one Service can have of it.
    func claim(_ transportProtocol: TransportProtocol, _ family: IPFamily) -> Claim {
        switch place {
        case .address(let address): .frontend(address, transportProtocol)
        case .nodePort(let port): .nodePort(port, transportProtocol, family)
        }
    }
}
