import ClusterModel
import NetworkValues

/// Plans one Service from the slices of its endpoints; pure.
struct ServicePlanner {
    /// The node.
    let view: NodeView
    /// The Service.
    let service: Service
    /// Its slices, sorted by name.
    let slices: [EndpointSlice]
    /// Who has what.
    let claims: Claims

    private var name: NamespacedName { service.metadata.name }

    func plan() -> ServicePlan {
        var plan = ServicePlan()
        plan.clusterIPs = ownClusterIPs(&plan.diagnostics)
        let usable = slices.filter { !$0.metadata.isLeftToOthers }
        if let healthCheckNodePort {
            plan.healthCheck = HealthCheck(nodePort: healthCheckNodePort, localEndpointCounts: [:])
        }
        for address in plan.clusterIPs.sorted() {
            let merged = mergedEndpoints(usable.filter { $0.family == address.family }, &plan.diagnostics)
            plan.healthCheck?.localEndpointCounts[address.family] = Self.localReadyCount(merged)
            for port in service.ports {
                let key = PortKey(port.name, port.transportProtocol)
                var portPlan = portPlan(port, at: address, candidates: merged[key] ?? [])
                dropFrontendsOfOthers(&portPlan, &plan.diagnostics)
                if !portPlan.frontends.isEmpty { plan.ports.append(portPlan) }
            }
        }
        return plan
    }

    /// Addresses, over all ports of the slices.
    private static func localReadyCount(_ endpoints: [PortKey: [EndpointCandidate]]) -> Int {
        Set(endpoints.values.joined().lazy.filter { $0.isReady && $0.isLocal }.map(\.address.address)).count
    }

    private func ownClusterIPs(_ diagnostics: inout [Diagnostic]) -> [IPAddress] {
        service.clusterIPs.filter { address in
            guard let owner = claims.owner(of: .clusterIP(address)), owner != name else { return true }
            diagnostics.append(
                Diagnostic(
                    .error, object: "Service \(name)", path: "spec.clusterIPs",
                    "cluster IP \(address) belongs to Service \(owner); it is not served for this one"))
            return false
        }
    }

    private func dropFrontendsOfOthers(_ port: inout ServicePortPlan, _ diagnostics: inout [Diagnostic]) {
        let transport = port.name.transportProtocol
        port.frontends.removeAll { frontend in
            let owner = claims.owner(of: frontend.claim(transport, port.family))
            guard let owner, owner != name else { return false }
            diagnostics.append(
                Diagnostic(
                    .error, object: "Service \(name)", path: frontend.kind.path,
                    "\(frontend.kind.rawValue) \(frontend.place) (\(transport)) belongs to Service \(owner), the "
                        + "oldest (or first by name) that claims it; it is not served for this one"))
            return true
        }
    }

    private func portPlan(
        _ port: Service.Port, at address: IPAddress, candidates: [EndpointCandidate]
    ) -> ServicePortPlan {
        let selection = EndpointSelection(candidates, usesHints: usesTopologyHints, view: view)
        let internalList: EndpointList = service.internalTrafficPolicy == .local ? .local : .cluster
        let clusterIP = Frontend(
            kind: .clusterIP, place: .address(SocketAddress(address, port.port)),
            masquerading: clusterIPMasquerading(address.family), action: selection.action(internalList))
        let external = externalFrontends(port, address.family, selection)
        // Traffic from within goes round an external policy Local, hence any way in from outside uses the cluster list.
        let usesCluster = internalList == .cluster || !external.isEmpty
        let usesLocal = internalList == .local || (!external.isEmpty && externalList == .local)
        return ServicePortPlan(
            name: ServicePortName(name, port.name, port.transportProtocol), family: address.family,
            affinitySeconds: affinitySeconds, clusterEndpoints: usesCluster ? selection.cluster : [],
            localEndpoints: usesLocal ? selection.local : [], frontends: [clusterIP] + external,
            listedEndpointCount: candidates.count,
            lingeringEndpoints: view.endedFlows.contains(port.transportProtocol)
                ? candidates.filter(\.isServing).map(\.address) : [])
    }

    /// The ways in from outside the cluster, all with the external traffic policy.
    private func externalFrontends(
        _ port: Service.Port, _ family: IPFamily, _ selection: EndpointSelection
    ) -> [Frontend] {
        let frontend = { (kind: Frontend.Kind, place: Frontend.Place, sources: [IPPrefix]?) in
            Frontend(
                kind: kind, place: place, masquerading: externalList == .cluster ? .always : .never,
                action: selection.action(externalList), spansClusterForOwnTraffic: externalList == .local,
                allowedSources: sources)
        }
        let externalIPs = service.externalIPs.filter { $0.family == family }
        let balancerIPs = service.loadBalancerIPs.filter { $0.family == family && !externalIPs.contains($0) }
        let sources = allowedSources(of: balancerIPs, family)
        let place = { (address: IPAddress) in Frontend.Place.address(SocketAddress(address, port.port)) }
        return externalIPs.map { frontend(.externalIP, place($0), nil) }
            + balancerIPs.map { frontend(.loadBalancerIP, place($0), sources) }
            + (port.nodePort == 0 ? [] : [frontend(.nodePort, .nodePort(port.nodePort), nil)])
    }

    /// What `spec.loadBalancerSourceRanges` allows, nil if anything: ranges of another family restrict nothing in this.
    ///
    /// A node in a range may get connections to itself back with the balancer's address as their source.
    private func allowedSources(of balancerIPs: [IPAddress], _ family: IPFamily) -> [IPPrefix]? {
        let ranges = service.loadBalancerSourceRanges.filter { $0.family == family }
        if ranges.isEmpty { return nil }
        let includesNode = ranges.contains { $0.contains(view.address(family)) }
        return ranges + (includesNode ? balancerIPs.map { IPPrefix(only: $0) } : [])
    }

    /// An external policy without any way in from outside is none.
    private var externalList: EndpointList {
        let isExternal =
            switch service.type {
            case .loadBalancer, .nodePort: true
            case .clusterIP: !service.externalIPs.isEmpty
            case .externalName: false
            }
        return isExternal && service.externalTrafficPolicy == .local ? .local : .cluster
    }

    private var healthCheckNodePort: UInt16? {
        let isChecked = service.type == .loadBalancer && service.externalTrafficPolicy == .local
        return isChecked && service.healthCheckNodePort != 0 ? service.healthCheckNodePort : nil
    }

    private func clusterIPMasquerading(_ family: IPFamily) -> Masquerading {
        if view.masqueradeAll { return .always }
        return view.podTraffic[family] == nil ? .never : .offCluster
    }

    private var affinitySeconds: UInt32? {
        switch service.sessionAffinity {
        case .none: nil
        case .clientIP(let timeoutSeconds): timeoutSeconds
        }
    }

    /// With `spec.trafficDistribution` hints are always meant. Else any annotation value but `disabled` counts, and the
    /// older annotation wins (KEP-2433).
    private var usesTopologyHints: Bool {
        if service.trafficDistribution != nil { return true }
        let annotations = service.metadata.annotations
        let value =
            annotations["service.kubernetes.io/topology-aware-hints"]
            ?? annotations["service.kubernetes.io/topology-mode"] ?? ""
        return !["", "disabled", "Disabled"].contains(value)
    }
}

/// What a Service port and a slice port are matched by: never the number.
struct PortKey: Hashable {
    let name: String
    let transportProtocol: TransportProtocol

    init(_ name: String, _ transportProtocol: TransportProtocol) {
        self.name = name
        self.transportProtocol = transportProtocol
    }
}

extension ServicePlanner {
    /// The endpoints of all slices, by port, without duplicates and sorted.
    ///
    /// Of two that have the same address and port the first stays, unless only the other one is on this node.
    private func mergedEndpoints(
        _ slices: [EndpointSlice], _ diagnostics: inout [Diagnostic]
    ) -> [PortKey: [EndpointCandidate]] {
        var merged: [PortKey: [EndpointCandidate]] = [:]
        for slice in slices {
            let allowed = slice.endpoints.filter { isAllowed($0.address, in: slice, &diagnostics) }
            for port in slice.ports {
                let candidates = allowed.map { candidate($0, port: port.port) }
                merged[PortKey(port.name, port.transportProtocol), default: []] += candidates
            }
        }
        return merged.mapValues { SocketAddress.sortedAsText(Self.withoutDuplicates($0), by: \.address) }
    }

    private static func withoutDuplicates(_ candidates: [EndpointCandidate]) -> [EndpointCandidate] {
        var places: [SocketAddress: Int] = [:]
        places.reserveCapacity(candidates.count)
        var kept: [EndpointCandidate] = []
        kept.reserveCapacity(candidates.count)
        for candidate in candidates {
            if let place = places[candidate.address] {
                if candidate.isLocal && !kept[place].isLocal { kept[place] = candidate }
            } else {
                places[candidate.address] = kept.count
                kept.append(candidate)
            }
        }
        return kept
    }

    private func candidate(_ endpoint: EndpointSlice.Endpoint, port: UInt16) -> EndpointCandidate {
        EndpointCandidate(
            address: SocketAddress(endpoint.address, port), isReady: endpoint.isReady,
            isServing: endpoint.isServing, isDraining: endpoint.isServing && endpoint.isTerminating,
            isLocal: endpoint.nodeName == view.name,
            zoneHints: endpoint.zoneHints, nodeHints: endpoint.nodeHints)
    }

    /// An endpoint at a cluster IP would send its packets round in circles, or let one namespace capture the traffic of
    /// another's Service.
    private func isAllowed(
        _ address: IPAddress, in slice: EndpointSlice, _ diagnostics: inout [Diagnostic]
    ) -> Bool {
        guard let owner = claims.owner(of: .clusterIP(address)) else { return true }
        diagnostics.append(
            Diagnostic(
                .error, object: "EndpointSlice \(slice.metadata.name)", path: "endpoints",
                "endpoint \(address) is the cluster IP of Service \(owner); it is not used"))
        return false
    }
}

extension Frontend.Kind {
    /// Where in the Service it is.
    fileprivate var path: String {
        switch self {
        case .clusterIP: "spec.clusterIPs"
        case .externalIP: "spec.externalIPs"
        case .loadBalancerIP: "status.loadBalancer.ingress"
        case .nodePort: "spec.ports"
        }
    }
}
