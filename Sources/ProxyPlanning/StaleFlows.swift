import ClusterModel
public import NetworkValues

extension ServicePlan {
    /// The flows that may be stale after one plan of a Service has become another, and where they may still go.
    ///
    /// The kernel's connection tracking goes on sending a flow where its first packet went, whatever the rules say now.
    /// For UDP, which has no end, that can be for ever.
    ///
    /// As in kube-proxy, flows end when their endpoint is gone or their frontend is, and when a frontend without
    /// endpoints gets some: what began before goes to nobody. An endpoint that is listed and serving keeps the flows
    /// that it has, even if it gets no new ones.
    ///
    /// - Parameters:
    ///   - old: Nil for a Service that is new, or about which nothing is known, as after a start.
    ///   - new: Nil for a Service that is gone.
    ///   - protocols: Those whose flows are ended; those of the others end by themselves.
    ///   - nodeAddresses: Where node ports may be served.
    /// - Returns: for each destination of stale flows, the endpoints that flows to it may keep.
    public static func staleFlows(
        from old: ServicePlan?, to new: ServicePlan?, of protocols: Set<TransportProtocol>,
        nodeAddresses: [IPAddress]
    ) -> [FlowDestination: Set<SocketAddress>] {
        let before = old?.targets(of: protocols, nodeAddresses) ?? [:]
        let after = new?.targets(of: protocols, nodeAddresses) ?? [:]
        var stale: [FlowDestination: Set<SocketAddress>] = [:]
        for destination in Set(before.keys).union(after.keys) {
            let (had, has) = (before[destination] ?? [], after[destination] ?? [])
            if !had.isSubset(of: has) || (had.isEmpty && !has.isEmpty) { stale[destination] = has }
        }
        return stale
    }

    private func targets(
        of protocols: Set<TransportProtocol>, _ nodeAddresses: [IPAddress]
    ) -> [FlowDestination: Set<SocketAddress>] {
        var targets: [FlowDestination: Set<SocketAddress>] = [:]
        for port in ports where protocols.contains(port.name.transportProtocol) {
            for frontend in port.frontends {
                let own = Set(port.lingeringEndpoints).union(port.lists(of: frontend).flatMap(port.endpoints))
                for address in frontend.place.addresses(port.family, nodeAddresses) {
                    targets[FlowDestination(port.name.transportProtocol, address)] = own
                }
            }
        }
        return targets
    }
}

extension Frontend.Place {
    fileprivate func addresses(_ family: IPFamily, _ nodeAddresses: [IPAddress]) -> [SocketAddress] {
        switch self {
        case .address(let address): [address]
        case .nodePort(let port): nodeAddresses.filter { $0.family == family }.map { SocketAddress($0, port) }
        }
    }
}
