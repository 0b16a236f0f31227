import ClusterModel
import NetworkValues

/// Something that only one Service can have. The API sees to it for cluster IPs and node ports; files need not agree, and
/// external IPs are anybody's.
enum Claim: Hashable, Sendable {
    /// A cluster IP, with all its ports. It is never anybody's external IP or load balancer IP, whoever is older: it was
    /// allocated to its Service, and the others are whatever somebody wrote into an object (CVE-2020-8554).
    case clusterIP(IPAddress)
    /// A port of an external IP or a load balancer's.
    case external(SocketAddress, TransportProtocol)
    /// A port of the node, in one family, for connections or for health checks.
    case nodePort(UInt16, TransportProtocol, IPFamily)
}

/// Who claims what. Of several Services the oldest has it; of those equally old, and those whose age is not known, the first
/// by name.
struct Claims: Sendable {
    private var claimants: [Claim: Claimants] = [:]
    private var users: [IPAddress: Set<NamespacedName>] = [:]
    private var entries: [NamespacedName: ClaimedPlaces] = [:]
    private var clusterIPBlocks = AddressBlocks()

    /// What a Service's change means for others.
    struct Change {
        /// Those that claim the same, and those with an external address at a cluster IP that may have changed hands.
        var rivals: Set<NamespacedName> = []
        /// The cluster IPs that came, went, or may have changed hands.
        var clusterIPs: Set<IPAddress> = []
    }

    /// So many Services are going to be there, with a claim each.
    mutating func reserveCapacity(_ count: Int) {
        claimants.reserveCapacity(count)
        entries.reserveCapacity(count)
    }

    /// Who has it.
    func owner(of claim: Claim) -> NamespacedName? { claimants[claim]?.first.name }

    /// The Service whose cluster IP it is. That it is none, as every endpoint is asked, is said without a search.
    func owner(ofClusterIP address: IPAddress) -> NamespacedName? {
        clusterIPBlocks.mayHave(address) ? owner(of: .clusterIP(address)) : nil
    }

    /// Takes note of what a Service claims now.
    ///
    /// - Parameter new: nil if it is gone.
    mutating func update(_ name: NamespacedName, to new: ClaimedPlaces?) -> Change {
        let old = entries[name]
        if old == new { return Change() }
        entries[name] = new
        var change = Change()
        guard let old else {
            for claim in new?.claims ?? [] { take(claim, from: nil, to: new?.claimant, &change) }
            noteUser(name, new?.externalAddresses ?? [])
            return change
        }
        let isSameAge = old.claimant == new?.claimant
        let before = Set(old.claims)
        let after = Set(new?.claims ?? [])
        for claim in isSameAge ? before.symmetricDifference(after) : before.union(after) {
            take(
                claim, from: before.contains(claim) ? old.claimant : nil,
                to: after.contains(claim) ? new?.claimant : nil, &change)
        }
        for address in old.externalAddresses {
            users[address]?.remove(name)
            if users[address]?.isEmpty == true { users[address] = nil }
        }
        noteUser(name, new?.externalAddresses ?? [])
        return change
    }

    private mutating func take(_ claim: Claim, from old: ObjectAge?, to new: ObjectAge?, _ change: inout Change) {
        if case .clusterIP(let address) = claim {
            change.clusterIPs.insert(address)
            clusterIPBlocks.insert(CollectionOfOne(address))
            if !users.isEmpty { change.rivals.formUnion(users[address] ?? []) }
        }
        guard var all = claimants[claim] else {
            claimants[claim] = new.map { Claimants(first: $0) }
            return
        }
        change.rivals.formUnion(all.names)
        let isLeft = all.replace(old, with: new)
        claimants[claim] = isLeft ? all : nil
    }

    private mutating func noteUser(_ name: NamespacedName, _ addresses: [IPAddress]) {
        for address in addresses { users[address, default: []].insert(name) }
    }
}

/// All that claim the same; nearly always one, for which nothing is allocated.
private struct Claimants: Sendable {
    /// The one that has it.
    private(set) var first: ObjectAge
    private var others: Set<ObjectAge> = []

    init(first: ObjectAge) {
        self.first = first
    }

    var names: [NamespacedName] { [first.name] + others.map(\.name) }

    /// - Returns: whether there is one left.
    mutating func replace(_ old: ObjectAge?, with new: ObjectAge?) -> Bool {
        var all = others
        all.insert(first)
        if let old { all.remove(old) }
        if let new { all.insert(new) }
        guard let winner = all.min() else { return false }
        all.remove(winner)
        first = winner
        others = all
        return true
    }
}

/// What one Service claims.
struct ClaimedPlaces: Equatable, Sendable {
    fileprivate let claimant: ObjectAge
    /// Each once.
    fileprivate let claims: [Claim]
    /// Its external IPs and those of its load balancer, which may be somebody's cluster IPs; each once.
    fileprivate let externalAddresses: [IPAddress]

    init(_ service: Service) {
        claimant = ObjectAge(of: service.metadata)
        claims = service.claims
        externalAddresses = service.isProxied ? service.externalAddresses.uniqued : []
    }
}

extension Array where Element: Hashable {
    /// The elements, each once, in the order of their first places.
    fileprivate var uniqued: [Element] {
        if count < 2 { return self }
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}

extension Service {
    /// All that only one Service can have and this one asks for. The cluster IPs of a Service that is left to another proxy
    /// are taken too.
    fileprivate var claims: [Claim] {
        let clusterIPs = clusterIPs.addresses
        var claims = clusterIPs.map(Claim.clusterIP)
        let hasMore = !externalAddresses.isEmpty || ports.contains { $0.nodePort != 0 } || healthCheckPort != nil
        guard isProxied, hasMore else { return claims.uniqued }
        let families = Set(clusterIPs.map(\.family))
        let addresses = externalAddresses.filter { families.contains($0.family) }
        for port in ports {
            for address in addresses {
                claims.append(.external(SocketAddress(address, port.port), port.transportProtocol))
            }
            guard port.nodePort != 0 else { continue }
            for family in families { claims.append(.nodePort(port.nodePort, port.transportProtocol, family)) }
        }
        if let healthCheckPort {
            for family in families { claims.append(.nodePort(healthCheckPort, .tcp, family)) }
        }
        return claims.uniqued
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
