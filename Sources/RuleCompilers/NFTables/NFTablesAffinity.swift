import NFTables
import NetworkValues
import ProxyPlanning

/// Session affinity ClientIP, in constant time.
///
/// A dynamic map of the Service port remembers each client's endpoint. The group draws an endpoint at random all the
/// same; `update` then makes an element for a new client, or gives an old client's element a new lease and leaves its
/// endpoint as it is, and DNAT follows the map.
struct NFTablesAffinity {
    /// The most clients that one map remembers; one more is balanced without being remembered.
    static let clientsMax: UInt32 = 65536

    /// A map, and the endpoints that it can hold.
    private struct Memory {
        let map: String
        /// The port of all its endpoints, nil if the map has the ports.
        let port: UInt16?
        let endpoints: [SocketAddress]
    }

    private let port: ServicePortName
    private let family: IPFamily
    private let timeoutSeconds: UInt32
    private let memories: [Memory]

    /// The affinity of a Service port, with one list of endpoints in use.
    ///
    /// An IPv6 address with its port does not fit one register, and `nft` before 1.1.0 fails an assertion on an
    /// `update` with such data: there is an IPv6 map for each port number of the endpoints, which is nearly always one.
    init(_ plan: ServicePortPlan, _ list: EndpointList, timeoutSeconds: UInt32) {
        port = plan.name
        family = plan.family
        self.timeoutSeconds = timeoutSeconds
        let sorted = plan.endpoints(list).sorted()
        if family == .ipv4 {
            memories = [Memory(map: NFTablesNames.affinityMap(plan.name), port: nil, endpoints: sorted)]
        } else {
            let byPort = Dictionary(grouping: sorted, by: \.port).sorted { $0.key < $1.key }
            memories = byPort.map { number, endpoints in
                let name = NFTablesNames.affinityMap(plan.name, endpointPort: number)
                return Memory(map: name, port: number, endpoints: endpoints)
            }
        }
    }

    /// The maps.
    var sets: [SetDeclaration] {
        memories.map { memory in
            let data: [Expression] = [.destinationAddress(family)] + (memory.port == nil ? [.destinationPort] : [])
            return SetDeclaration(
                memory.map, key: [.sourceAddress(family)], contents: .values(data), isDynamic: true,
                size: Self.clientsMax, comment: "the endpoint of each client")
        }
    }

    /// What the maps may hold.
    var dynamicValues: [DynamicMapValues] {
        memories.map { memory in DynamicMapValues(memory.map, memory.endpoints.map { data($0, in: memory) }) }
    }

    /// For each endpoint, what happens to a client for which it was drawn.
    var endpointChains: [Chain] {
        memories.flatMap { memory in memory.endpoints.map { chain($0, memory) } }
    }

    private func data(_ endpoint: SocketAddress, in memory: Memory) -> Tuple {
        memory.port == nil ? endpoint.tuple : Tuple(.address(endpoint.address))
    }

    private func chain(_ endpoint: SocketAddress, _ own: Memory) -> Chain {
        let client: [Expression] = [.sourceAddress(family)]
        var rules: [Rule] = []
        // Whoever is remembered in any map stays, and in the same order for all, so that nobody is in two for long.
        for memory in memories where memories.count > 1 {
            // ip6 saddr @affinity-… update @affinity-… { … } meta l4proto tcp dnat ip6 to ip6 saddr map @affinity-… : 80
            rules.append(
                Rule(
                    .lookup(client, set: memory.map), update(memory, memory.endpoints[0]), isOfPort, follow(memory)))
        }
        rules += [
            // update @affinity-… { ip saddr timeout 10800s : 10.0.0.1 . 80 }
            Rule(update(own, endpoint)),
            // meta l4proto tcp dnat ip to ip saddr map @affinity-…
            Rule(isOfPort, follow(own)),
            // A full map takes no new client.
            // meta l4proto tcp dnat to 10.0.0.1:80
            Rule(isOfPort, .dnat(endpoint)),
        ]
        return Chain(NFTablesNames.endpointChain(port, endpoint), rules: rules)
    }

    private var isOfPort: Statement { .matchProtocol(port.transportProtocol) }

    private func update(_ memory: Memory, _ endpoint: SocketAddress) -> Statement {
        .updateMap(
            memory.map, key: [.sourceAddress(family)], timeoutSeconds: timeoutSeconds, data: data(endpoint, in: memory))
    }

    private func follow(_ memory: Memory) -> Statement {
        let client: [Expression] = [.sourceAddress(family)]
        guard let port = memory.port else { return .dnatMap(family, client, map: memory.map) }
        return .dnatAddressMap(family, client, map: memory.map, port: port)
    }
}

/// Session affinity of a Service port with both lists of endpoints in use, as kube-proxy has it: an endpoint remembers its
/// clients, whichever list they came by, and a client goes to the first endpoint of its list that remembers it. That takes
/// a rule for each endpoint, but a client keeps its endpoint from the cluster IP to the node port and back.
struct NFTablesSharedAffinity {
    private let port: ServicePortPlan
    private let timeoutSeconds: UInt32
    private let view: NodeView

    init(_ port: ServicePortPlan, timeoutSeconds: UInt32, view: NodeView) {
        self.port = port
        self.timeoutSeconds = timeoutSeconds
        self.view = view
    }

    private var client: [Expression] { [.sourceAddress(port.family)] }

    private var endpoints: [SocketAddress] { Set(port.clusterEndpoints + port.localEndpoints).sorted() }

    /// The clients of each endpoint.
    var sets: [SetDeclaration] {
        endpoints.map { endpoint in
            SetDeclaration(
                NFTablesNames.clientSet(port.name, endpoint), key: client, isDynamic: true,
                size: NFTablesAffinity.clientsMax, comment: "the clients of the endpoint")
        }
    }

    /// For each endpoint, what happens to a client that goes there.
    var endpointChains: [Chain] {
        endpoints.map { endpoint in
            let set = NFTablesNames.clientSet(port.name, endpoint)
            return Chain(
                NFTablesNames.endpointChain(port.name, endpoint),
                rules: [
                    // update @affinity-… { ip saddr timeout 10800s }
                    Rule(.updateSet(set, key: client, timeoutSeconds: timeoutSeconds)),
                    // meta l4proto tcp dnat to 10.0.0.1:80
                    Rule(.matchProtocol(port.name.transportProtocol), .dnat(endpoint)),
                ])
        }
    }

    /// The chains that a frontend needs; it leads to the last one.
    func chains(of frontend: Frontend) -> [Chain] {
        var own: EndpointList?
        if case .balance(let list) = frontend.action { own = list }
        guard frontend.spansClusterForOwnTraffic else {
            return own.map { marked($0, frontend) } ?? []
        }
        let everywhere = recall(.cluster, frontend.lookup)
        let here = own == .local ? recall(.local, frontend.lookup) : nil
        return [everywhere] + (here.map { [$0] } ?? []) + [
            Chain(
                NFTablesNames.recallChain(port.name, frontend.lookup, ["external"]),
                rules: NFTablesBalancing.routing(
                    everywhere: everywhere.name, here: here?.name, view: view, family: port.family))
        ]
    }

    /// The chains of a frontend with one list, which may have to mark first what comes.
    private func marked(_ list: EndpointList, _ frontend: Frontend) -> [Chain] {
        let target = recall(list, frontend.lookup)
        let marks = NFTablesMasquerade.marking(frontend.masquerading, view: view, family: port.family)
        if marks.isEmpty { return [target] }
        let treatment = frontend.masquerading == .always ? "masquerade" : "off-cluster"
        let parts = (list == .local ? ["local"] : []) + [treatment]
        return [
            target,
            Chain(
                NFTablesNames.recallChain(port.name, frontend.lookup, parts),
                rules: marks + [Rule(.verdict(.goto(target.name)))]),
        ]
    }

    /// The chain that finds the client's endpoint in a list, or picks one: the numbers of a frontend are those of both lists,
    /// whether it uses both or not.
    private func recall(_ list: EndpointList, _ lookup: NFTablesLookup) -> Chain {
        let endpoints = port.endpoints(list)
        let number = Expression.randomNumber(
            modulus: UInt32(endpoints.count), offset: list == .local ? UInt32(port.clusterEndpoints.count) : 0)
        // ip saddr @affinity-… goto endpoint-…
        let known = endpoints.map { endpoint in
            Rule(
                .lookup(client, set: NFTablesNames.clientSet(port.name, endpoint)),
                .verdict(.goto(NFTablesNames.endpointChain(port.name, endpoint))))
        }
        // ip daddr . meta l4proto . th dport . numgen random mod 3 vmap @sticky-backends
        let pick = Rule(.verdictMap(lookup.key(port.family) + [number], map: lookup.stickyBackends))
        return Chain(
            NFTablesNames.recallChain(port.name, lookup, list == .local ? ["local"] : []), rules: known + [pick])
    }
}
