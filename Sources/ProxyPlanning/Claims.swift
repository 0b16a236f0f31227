import ClusterModel
import NetworkValues

/// Something that only one Service can have. The API sees to it for cluster IPs and node ports; files need not agree, and
/// external IPs are anybody's.
enum Claim: Hashable {
    /// A cluster IP, with all its ports. It is never anybody's external IP or load balancer IP, whoever is older: it was
    /// allocated to its Service, and the others are whatever somebody wrote into an object (CVE-2020-8554).
    case clusterIP(IPAddress)
    /// A port of an external IP or a load balancer's.
    case external(SocketAddress, TransportProtocol)
    /// A port of the node, in one family, for connections or for health checks.
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
        /// Its external IPs and those of its load balancer, which may be somebody's cluster IPs.
        let externalAddresses: Set<IPAddress>
    }

    private var claimants: [Claim: [Claimant]] = [:]
    private var users: [IPAddress: Set<NamespacedName>] = [:]
    private var entries: [NamespacedName: Entry] = [:]

    /// What a Service's change means for others.
    struct Change {
        /// Those that claim the same, and those with an external address at a cluster IP that may have changed hands.
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
    /// - Parameter service: nil if it is gone.
    mutating func update(_ name: NamespacedName, to service: Service?) -> Change {
        var change = Change()
        let new = service.map { service in
            Entry(
                claimant: Claimant(creationTimestamp: service.metadata.creationTimestamp, name: name),
                claims: service.claims, externalAddresses: Set(service.isProxied ? service.externalAddresses : []))
        }
        let old = entries[name]
        if old == new { return change }
        let isSameAge = old?.claimant == new?.claimant
        let before = old?.claims ?? []
        let after = new?.claims ?? []
        for claim in isSameAge ? before.symmetricDifference(after) : before.union(after) {
            change.rivals.formUnion((claimants[claim] ?? []).map(\.name))
            if case .clusterIP(let address) = claim {
                change.clusterIPs.insert(address)
                change.rivals.formUnion(users[address] ?? [])
            }
            claimants[claim]?.removeAll { $0.name == name }
            if claimants[claim]?.isEmpty == true { claimants[claim] = nil }
            if let new, after.contains(claim) { claimants[claim, default: []].append(new.claimant) }
        }
        for address in old?.externalAddresses ?? [] {
            users[address]?.remove(name)
            if users[address]?.isEmpty == true { users[address] = nil }
        }
        for address in new?.externalAddresses ?? [] { users[address, default: []].insert(name) }
        entries[name] = new
        return change
    }
}

extension Service {
    /// All that only one Service can have and this one asks for. The cluster IPs of a Service that is left to another proxy
    /// are taken too.
    fileprivate var claims: Set<Claim> {
        var claims = Set(clusterIPs.map(Claim.clusterIP))
        guard isProxied else { return claims }
        let families = Set(clusterIPs.map(\.family))
        let addresses = externalAddresses.filter { families.contains($0.family) }
        for port in ports {
            for address in addresses {
                claims.insert(.external(SocketAddress(address, port.port), port.transportProtocol))
            }
            guard port.nodePort != 0 else { continue }
            for family in families { claims.insert(.nodePort(port.nodePort, port.transportProtocol, family)) }
        }
        if let healthCheckPort {
            for family in families { claims.insert(.nodePort(healthCheckPort, .tcp, family)) }
        }
        return claims
    }

    fileprivate var externalAddresses: [IPAddress] { externalIPs + loadBalancerIPs }

    /// The node port of its health checks, nil if nobody asks for them.
    var healthCheckPort: UInt16? {
        let isChecked = type == .loadBalancer && externalTrafficPolicy == .local
        return isChecked && healthCheckNodePort != 0 ? healthCheckNodePort : nil
    }
}

extension Frontend {
    /// What only one Service can have of it.
    func claim(_ transportProtocol: TransportProtocol, _ family: IPFamily) -> Claim {
        switch place {
        case .address(let address) where kind == .clusterIP: .clusterIP(address.address)
        case .address(let address): .external(address, transportProtocol)
        case .nodePort(let port): .nodePort(port, transportProtocol, family)
        }
    }
}
