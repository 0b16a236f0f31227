import ClusterModel
public import NetworkValues

extension ServicePlan {
    /// The UDP flows that may be stale after one plan of a Service has become another, and where they may still go.
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
    /// - Returns: for each destination of stale flows, the endpoints that flows to it may keep.
    public static func staleFlows(
        from old: ServicePlan?, to new: ServicePlan?
    ) -> [SocketAddress: Set<SocketAddress>] {
        let before = old?.udpTargets ?? [:]
        let after = new?.udpTargets ?? [:]
        var stale: [SocketAddress: Set<SocketAddress>] = [:]
        for destination in Set(before.keys).union(after.keys) {
            let (had, has) = (before[destination] ?? [], after[destination] ?? [])
            if !had.isSubset(of: has) || (had.isEmpty && !has.isEmpty) { stale[destination] = has }
        }
        return stale
    }

    private var udpTargets: [SocketAddress: Set<SocketAddress>] {
        var targets: [SocketAddress: Set<SocketAddress>] = [:]
        for port in ports where port.name.transportProtocol == .udp {
            for frontend in port.frontends {
                guard case .address(let address) = frontend.place else { continue }
                targets[address] = Set(port.lingeringEndpoints).union(port.targets(of: frontend))
            }
        }
        return targets
    }
}

extension ServicePortPlan {
    /// The endpoints to which connections to the frontend may go.
    fileprivate func targets(of frontend: Frontend) -> [SocketAddress] {
        switch frontend.action {
        case .balance(let list): endpoints(list) + (frontend.spansClusterForOwnTraffic ? clusterEndpoints : [])
        case .drop: frontend.spansClusterForOwnTraffic ? clusterEndpoints : []
        case .reject: []
        }
    }
}
