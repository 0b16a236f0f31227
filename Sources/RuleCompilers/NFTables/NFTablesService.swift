import NFTables
import NetworkValues
import ProxyPlanning

/// What one Service puts into the table of one family.
struct NFTablesService {
    private let context: RuleContext
    private let family: IPFamily
    private var fragment = Fragment()
    private var elements: [String: [Element]] = [:]
    private var endpoints: Set<SocketAddress> = []
    private var chainNames: Set<String> = []

    /// - Returns: nil if the Service has nothing in this family.
    static func fragment(_ service: ServicePlan, _ context: RuleContext, family: IPFamily) -> Fragment? {
        var compiler = NFTablesService(context, family)
        let clusterIPs = service.clusterIPs.filter { $0.family == family }
        compiler.append(clusterIPs.map { Element(Tuple(.address($0))) }, to: NFTablesNames.clusterIPs)
        for port in service.ports where port.family == family { compiler.add(port) }
        return compiler.finished()
    }

    private init(_ context: RuleContext, _ family: IPFamily) {
        self.context = context
        self.family = family
    }

    private mutating func append(_ new: [Element], to set: String) {
        if !new.isEmpty { elements[set, default: []] += new }
    }

    /// Adds those that are not there yet: several frontends lead to the same chain.
    private mutating func addChains(_ chains: [Chain], to list: WritableKeyPath<Fragment, [Chain]>) {
        for chain in chains where chainNames.insert(chain.name).inserted { fragment[keyPath: list].append(chain) }
    }

    private mutating func add(_ port: ServicePortPlan) {
        let used = Set(port.frontends.flatMap(port.lists))
        let affinity = port.affinitySeconds.flatMap { seconds in
            used.count == 1 ? used.first.flatMap { NFTablesAffinity(port, $0, timeoutSeconds: seconds) } : nil
        }
        let shared = port.affinitySeconds.flatMap { seconds in
            affinity == nil && !used.isEmpty ? NFTablesSharedAffinity(port, timeoutSeconds: seconds, context) : nil
        }
        var places: Set<Frontend.Place> = []
        for frontend in port.frontends {
            let key = frontend.key(port.name.transportProtocol)
            let comment = NFTablesNames.comment(port.name.description)
            if let allowed = frontend.allowedSources {
                let chain = NFTablesRejects.sources(port.name, allowed)
                append([Element(key, .verdict(.goto(chain.name)), comment: comment)], to: NFTablesNames.restricted)
                addChains([chain], to: \.chains)
            }
            // An external IP may be the load balancer's address too; both are treated alike but for the sources.
            guard places.insert(frontend.place).inserted else { continue }
            let lists = port.lists(of: frontend)
            if !lists.isEmpty {
                let chain = addChains(of: frontend, key: key, lists, port, shared)
                append([Element(key, .verdict(.goto(chain)), comment: comment)], to: frontend.lookup.frontends)
            } else if frontend.isExternalAddress {
                // It may be the node's own address, at which another Service has a node port of this number.
                append([Element(key, .verdict(.return), comment: comment)], to: frontend.lookup.frontends)
            }
            if let verdict = NFTablesRejects.verdict(for: frontend.action) {
                append([Element(key, .verdict(verdict), comment: comment)], to: frontend.lookup.undeliverable)
            }
        }
        if let shared {
            fragment.sets += shared.sets
            fragment.chains += shared.endpointChains
            fragment.dynamicValues += shared.dynamicValues
        }
        if let affinity {
            fragment.sets.append(affinity.set)
            fragment.chains += affinity.endpointChains
            fragment.dynamicValues.append(affinity.dynamicValues)
        }
        for list in used { endpoints.formUnion(port.endpoints(list)) }
    }

    /// - Returns: the name of the chain that leads to one of the endpoints.
    private mutating func addChains(
        of frontend: Frontend, key: Tuple, _ lists: [EndpointList], _ port: ServicePortPlan,
        _ shared: NFTablesSharedAffinity?
    ) -> String {
        let balancing = NFTablesBalancing(
            lookup: frontend.lookup, isSticky: port.affinitySeconds != nil, context: context, family: family)
        let list = balancing.backends(of: key, port, shared == nil ? lists : EndpointList.allCases)
        append(list.elements, to: list.set)
        if let shared {
            let chains = shared.chains(of: frontend)
            addChains(chains, to: \.chains)
            return chains[chains.count - 1].name
        }
        let groups =
            frontend.spansClusterForOwnTraffic
            ? balancing.route(
                cluster: port.clusterEndpoints.count, local: lists.contains(.local) ? port.localEndpoints.count : 0)
            : [balancing.pick(list.elements.count, frontend.masquerading)]
        addChains(groups, to: \.sharedChains)
        return groups[groups.count - 1].name
    }

    private func finished() -> Fragment? {
        if elements.isEmpty { return nil }
        var result = fragment
        result.elements = elements.sorted { $0.key < $1.key }.map { SetElements($0.key, $0.value) }
        let hairpins = NFTablesMasquerade.hairpins(endpoints)
        if !hairpins.keys.isEmpty { result.sharedKeys = [hairpins] }
        return result
    }
}

extension Frontend {
    /// Whether it is an address of the Service at which something else of the node's may be.
    fileprivate var isExternalAddress: Bool {
        switch kind {
        case .externalIP, .loadBalancerIP: true
        case .clusterIP, .nodePort: false
        }
    }
}
