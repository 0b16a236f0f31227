import NetworkValues
import ProxyPlanning

/// What is to be done for a Service port, with what is in many of its rules: each name of a chain is a SHA-256.
struct IPTablesPort {
    let plan: ServicePortPlan
    /// As in comments.
    let name: String
    let transportProtocol: TransportProtocol
    /// The chains of the port itself.
    let chains: IPTablesNames.ServiceChains
    /// The chains of all endpoints of either list.
    let endpointChains: [SocketAddress: String]
    /// Whether the cluster is so large that rules of endpoints carry no comments, as in kube-proxy.
    let isLarge: Bool

    init(_ plan: ServicePortPlan, isLarge: Bool) {
        self.plan = plan
        self.isLarge = isLarge
        name = plan.name.description
        transportProtocol = plan.name.transportProtocol
        let chains = IPTablesNames.ServiceChains(plan.name)
        self.chains = chains
        var names: [SocketAddress: String] = [:]
        names.reserveCapacity(max(plan.clusterEndpoints.count, plan.localEndpoints.count))
        for list in EndpointList.allCases {
            for endpoint in plan.endpoints(list) where names[endpoint] == nil {
                names[endpoint] = chains.endpoint(endpoint)
            }
        }
        endpointChains = names
    }

    /// The chain of an endpoint, which is also the name of its list of clients.
    func chain(of endpoint: SocketAddress) -> String { endpointChains[endpoint] ?? chains.endpoint(endpoint) }
}
