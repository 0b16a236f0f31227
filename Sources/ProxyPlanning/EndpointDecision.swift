package import ClusterModel
package import NetworkValues

/// Whether an endpoint gets connections to one port of a Service, and why not.
package struct EndpointDecision: Hashable, Sendable {
    /// The port.
    package let port: ServicePortName
    /// The endpoint; its port is 0 if it is left out before ports are looked at.
    package let endpoint: SocketAddress
    /// Why it gets none that may go to any endpoint (traffic policy Cluster); nil if it does.
    package let clusterExclusion: EndpointExclusion?
    /// Why it gets none that may go to endpoints on this node only (traffic policy Local); nil if it does.
    package let localExclusion: EndpointExclusion?
}

extension Planner {
    /// What the plan does with each endpoint of a Service, and why: worked out on demand, by the code that decides.
    ///
    /// - Parameter snapshot: The one that was given last.
    /// - Returns: in the order of the Service's ports and addresses; empty if the Service is not proxied here.
    package func decisions(onEndpointsOf name: NamespacedName, in snapshot: ClusterSnapshot) -> [EndpointDecision] {
        servicePlanner(name, in: snapshot)?.decisions() ?? []
    }
}

extension ServicePlanner {
    fileprivate func decisions() -> [EndpointDecision] {
        var ignored: [Diagnostic] = []
        return IPFamily.allCases.flatMap { family in
            let merged = mergedEndpoints(family, &ignored)
            return service.ports.flatMap { port in decisions(port, merged[PortKey(port)] ?? [], family) }
        }
    }

    private func decisions(
        _ port: Service.Port, _ candidates: [EndpointCandidate], _ family: IPFamily
    ) -> [EndpointDecision] {
        let name = ServicePortName(service.metadata.name, port.name, port.transportProtocol)
        let selection = EndpointSelection(candidates, view: view)
        let listed = candidates.map { candidate in
            EndpointDecision(
                port: name, endpoint: candidate.address,
                clusterExclusion: selection.exclusion(of: candidate, from: .cluster),
                localExclusion: selection.exclusion(of: candidate, from: .local))
        }
        let addresses = slices.lazy.filter { $0.family == family }.flatMap(\.endpoints).map(\.address)
        let misplaced = addresses.filter { claims.owner(ofClusterIP: $0) != nil }.map { address in
            EndpointDecision(
                port: name, endpoint: SocketAddress(address, 0), clusterExclusion: .clusterIP,
                localExclusion: .clusterIP)
        }
        return listed + misplaced
    }
}
