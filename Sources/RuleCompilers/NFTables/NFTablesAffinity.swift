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
    private let list: EndpointList
    private let family: IPFamily
    private let timeoutSeconds: UInt32
    private let memories: [Memory]

    /// The affinity of a Service port, for one list of its endpoints.
    ///
    /// An IPv6 address with its port does not fit one register, and `nft` before 1.1.0 fails an assertion on an
    /// `update` with such data: there is an IPv6 map for each port number of the endpoints, which is nearly always one.
    init(_ plan: ServicePortPlan, _ list: EndpointList, timeoutSeconds: UInt32) {
        port = plan.name
        self.list = list
        family = plan.family
        self.timeoutSeconds = timeoutSeconds
        let sorted = plan.endpoints(list).sorted()
        if family == .ipv4 {
            memories = [Memory(map: NFTablesNames.affinityMap(plan.name, list), port: nil, endpoints: sorted)]
        } else {
            let byPort = Dictionary(grouping: sorted, by: \.port).sorted { $0.key < $1.key }
            memories = byPort.map { number, endpoints in
                let name = NFTablesNames.affinityMap(plan.name, list, endpointPort: number)
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
        return Chain(NFTablesNames.endpointChain(port, list, endpoint), rules: rules)
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
