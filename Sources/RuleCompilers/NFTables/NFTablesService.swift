import NetworkValues
import NFTables
import ProxyPlanning

/// What Services put into the table of one family, one after another.
struct NFTablesService {
    private let context: RuleContext
    private let family: IPFamily
    private var groups = NFTablesGroups()
    private var fragment = Fragment()
    private var elements: [SetElements] = []
    private var endpoints: [IPAddress] = []
    private var chainNames: Set<String> = []

    /// A compiler for this family.
    init(_ context: RuleContext, _ family: IPFamily) {
        self.context = context
        self.family = family
    }

    /// - Returns: nil if the Service has nothing in this family.
    mutating func fragment(_ service: ServicePlan) -> Fragment? {
        for address in service.clusterIPs where address.family == family {
            append(Element(Tuple(.address(address))), to: NFTablesNames.clusterIPs)
        }
        for port in service.ports where port.family == family { add(port) }
        return finish()
    }

    private mutating func append(_ new: Element, to set: String) {
        append(CollectionOfOne(new), to: set)
    }

    private mutating func append(_ new: some Collection<Element>, to set: String) {
        if new.isEmpty { return }
        // There are a few sets, so that they are looked through.
        if let index = elements.firstIndex(where: { $0.set == set }) {
            elements[index].elements += new
        } else {
            elements.append(SetElements(set, Array(new)))
        }
    }

    /// Adds those that are not there yet: several frontends lead to the same chain.
    private mutating func addChains(_ chains: [Chain], to list: WritableKeyPath<Fragment, [Chain]>) {
        for chain in chains where chainNames.insert(chain.name).inserted { fragment[keyPath: list].append(chain) }
    }

    private mutating func add(_ port: ServicePortPlan) {
        let used = port.usedLists
        let affinity = port.affinitySeconds.flatMap { seconds in
            used.count == 1 ? NFTablesAffinity(port, used[0], timeoutSeconds: seconds) : nil
        }
        let shared = port.affinitySeconds.flatMap { seconds in
            affinity == nil && !used.isEmpty ? NFTablesSharedAffinity(port, timeoutSeconds: seconds, context) : nil
        }
        var places: Set<Frontend.Place> = []
        let comment = NFTablesNames.comment(port.name.description)
        for frontend in port.frontends {
            let key = frontend.key(port.name.transportProtocol)
            if let allowed = frontend.allowedSources {
                let chain = NFTablesRejects.sources(port.name, allowed)
                append(Element(key, .verdict(.goto(chain.name)), comment: comment), to: NFTablesNames.restricted)
                addChains([chain], to: \.chains)
            }
            // An external IP may be the load balancer's address too; both are treated alike but for the sources.
            guard places.insert(frontend.place).inserted else { continue }
            let lists = port.lists(of: frontend)
            if !lists.isEmpty {
                let chain = addChains(of: frontend, key: key, lists, port, shared)
                append(Element(key, .verdict(.goto(chain)), comment: comment), to: frontend.lookup.frontends)
            } else if frontend.isExternalAddress {
                // It may be the node's own address, at which another Service has a node port of this number.
                append(Element(key, .verdict(.return), comment: comment), to: frontend.lookup.frontends)
            }
            if let verdict = NFTablesRejects.verdict(for: frontend.action) {
                append(Element(key, .verdict(verdict), comment: comment), to: frontend.lookup.undeliverable)
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
        for list in used { endpoints += port.endpoints(list).lazy.map(\.address) }
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
        let group =
            frontend.bypassesLocalPolicyForOwnTraffic
            ? NFTablesGroups.Key.route(
                cluster: port.slots(.cluster).count, local: lists.contains(.local) ? port.slots(.local).count : 0)
            : .pick(list.elements.count, frontend.masquerading)
        let chains = groups.chains(of: group, balancing)
        addChains(chains, to: \.sharedChains)
        return chains[chains.count - 1].name
    }

    /// Hands out what has been gathered, and begins anew.
    private mutating func finish() -> Fragment? {
        defer {
            fragment = Fragment()
            elements.removeAll(keepingCapacity: true)
            endpoints.removeAll(keepingCapacity: true)
            chainNames.removeAll(keepingCapacity: true)
        }
        if elements.isEmpty { return nil }
        fragment.elements = elements.sorted { $0.set < $1.set }
        let hairpins = NFTablesMasquerade.hairpins(endpoints)
        if !hairpins.keys.isEmpty { fragment.sharedKeys = [hairpins] }
        return fragment
    }
}

/// The group chains that many Services lead to, each made once.
struct NFTablesGroups {
    /// What a group is, besides how it is looked up.
    enum Key: Hashable {
        /// One of so many endpoints.
        case pick(Int, Masquerading)
        /// One of so many anywhere, or of so many on this node.
        case route(cluster: Int, local: Int)
    }

    private struct Place: Hashable {
        let key: Key
        let lookup: NFTablesLookup
        let isSticky: Bool
    }

    private var made: [Place: [Chain]] = [:]

    /// The chains of a group, the one that frontends lead to last.
    mutating func chains(of key: Key, _ balancing: NFTablesBalancing) -> [Chain] {
        let place = Place(key: key, lookup: balancing.lookup, isSticky: balancing.isSticky)
        if let known = made[place] { return known }
        let chains =
            switch key {
            case .pick(let count, let masquerading): [balancing.pick(count, masquerading)]
            case .route(let cluster, let local): balancing.route(cluster: cluster, local: local)
            }
        made[place] = chains
        return chains
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
