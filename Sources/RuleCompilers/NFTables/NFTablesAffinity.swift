import NetworkValues
import NFTables
import ProxyPlanning

/// Session affinity ClientIP, in constant time.
///
/// A dynamic map of the Service port remembers each client's endpoint. The group draws an endpoint at random all the
/// same; `update` then makes an element for a new client, or gives an old client's element a new lease and leaves its
/// endpoint as it is, and DNAT follows the map.
struct NFTablesAffinity {
    /// The most clients that one map remembers; one more is balanced without being remembered.
    static let clientsMax: UInt32 = 65536

    private let port: ServicePortName
    private let family: IPFamily
    private let timeoutSeconds: UInt32
    private let map: String
    /// The port of all endpoints, nil if the map has the ports.
    private let endpointPort: UInt16?
    private let endpoints: [SocketAddress]

    /// The affinity of a Service port, with one list of endpoints in use.
    ///
    /// An IPv6 address with its port does not fit one register, and `nft` before 1.1.0 fails an assertion on an
    /// `update` with such data: an IPv6 map has the addresses alone.
    ///
    /// - Returns: nil if there are IPv6 endpoints of several ports.
    init?(_ plan: ServicePortPlan, _ list: EndpointList, timeoutSeconds: UInt32) {
        port = plan.name
        family = plan.family
        self.timeoutSeconds = timeoutSeconds
        endpoints = plan.endpoints(list).sorted()
        let ports = Set(endpoints.map(\.port))
        if family == .ipv4 {
            map = NFTablesNames.affinityMap(plan.name)
            endpointPort = nil
        } else {
            guard let port = ports.first, ports.count == 1 else { return nil }
            map = NFTablesNames.affinityMap(plan.name, endpointPort: port)
            endpointPort = port
        }
    }

    /// The map.
    var set: SetDeclaration {
        let data: [Expression] = [.destinationAddress(family)] + (endpointPort == nil ? [.destinationPort] : [])
        return SetDeclaration(
            map, key: client, contents: .values(data), isDynamic: true, size: Self.clientsMax,
            comment: "the endpoint of each client")
    }

    /// What the map may hold.
    var dynamicValues: DynamicMapValues {
        DynamicMapValues(map, endpoints.map(data), timeoutSeconds: timeoutSeconds)
    }

    /// For each endpoint, what happens to a client for which it was drawn.
    var endpointChains: [Chain] {
        endpoints.map { endpoint in
            let isOfPort = Statement.matchProtocol(port.transportProtocol)
            return Chain(
                NFTablesNames.endpointChain(port, endpoint),
                rules: [
                    // update @affinity-… { ip saddr timeout 10800s : 10.0.0.1 . 80 }
                    Rule(.updateMap(map, key: client, timeoutSeconds: timeoutSeconds, data: data(endpoint))),
                    // meta l4proto tcp dnat ip to ip saddr map @affinity-…
                    Rule(isOfPort, follow),
                    // A full map takes no new client.
                    // meta l4proto tcp dnat to 10.0.0.1:80
                    Rule(isOfPort, .dnat(endpoint)),
                ])
        }
    }

    private var client: [Expression] { [.sourceAddress(family)] }

    private var follow: Statement {
        endpointPort.map { .dnatAddressMap(family, client, map: map, port: $0) } ?? .dnatMap(family, client, map: map)
    }

    private func data(_ endpoint: SocketAddress) -> Tuple {
        endpointPort == nil ? endpoint.tuple : Tuple(.address(endpoint.address))
    }
}

/// Session affinity where one map cannot do it, as kube-proxy has it: an endpoint remembers its clients, whichever list they
/// came by, and a client goes to the first endpoint of its list that remembers it.
///
/// That takes a rule for each endpoint. With both lists of endpoints in use a client keeps its endpoint from the cluster IP
/// to the node port and back. IPv6 endpoints of several ports have it too: several maps would have to be asked which of
/// them knows the client, and kernels such as 6.1 take no map for a condition (`nft_lookup_init`).
struct NFTablesSharedAffinity {
    private let port: ServicePortPlan
    private let timeoutSeconds: UInt32
    private let context: RuleContext

    init(_ port: ServicePortPlan, timeoutSeconds: UInt32, _ context: RuleContext) {
        self.port = port
        self.timeoutSeconds = timeoutSeconds
        self.context = context
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

    /// What the sets may hold.
    var dynamicValues: [DynamicMapValues] {
        sets.map { DynamicMapValues($0.name, nil, timeoutSeconds: timeoutSeconds) }
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
        guard frontend.bypassesLocalPolicyForOwnTraffic else {
            return own.map { marked($0, frontend) } ?? []
        }
        let everywhere = recall(.cluster, frontend.lookup)
        let here = own == .local ? recall(.local, frontend.lookup) : nil
        return [everywhere] + (here.map { [$0] } ?? []) + [
            Chain(
                NFTablesNames.recallChain(port.name, frontend.lookup, ["external"]),
                rules: NFTablesBalancing.routing(
                    everywhere: everywhere.name, here: here?.name, context, family: port.family))
        ]
    }

    /// The chains of a frontend with one list, which may have to mark first what comes.
    private func marked(_ list: EndpointList, _ frontend: Frontend) -> [Chain] {
        let target = recall(list, frontend.lookup)
        let marks = NFTablesMasquerade.marking(frontend.masquerading, context, family: port.family)
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
