import ClusterModel
import NetworkValues

/// Plans one Service that is proxied from the slices of its endpoints; pure.
struct ServicePlanner {
    /// The node.
    let view: NodeView
    /// The Service.
    let service: Service
    /// Its slices, sorted by name.
    let slices: [EndpointSlice]
    /// Who has what.
    let claims: Claims

    private var owned: OwnedPlaces

    private var name: NamespacedName { service.metadata.name }

    init(view: NodeView, service: Service, slices: [EndpointSlice], claims: Claims) {
        self.view = view
        self.service = service
        self.slices = slices
        self.claims = claims
        owned = OwnedPlaces(service, claims: claims)
    }

    mutating func plan() -> ServicePlan {
        var plan = ServicePlan()
        plan.clusterIPs = owned.clusterIPs.filter { view.families.contains($0.family) }
        let usable = slices.filter { !$0.metadata.isOfHeadlessService }
        if let healthCheckPort = owned.healthCheckPort {
            plan.healthCheck = HealthCheck(nodePort: healthCheckPort, localEndpointCounts: [:])
        }
        var unused: [Diagnostic] = []
        for address in plan.clusterIPs.sorted() {
            let merged = mergedEndpoints(usable.filter { $0.family == address.family }, &unused)
            plan.healthCheck?.localEndpointCounts[address.family] = Self.localReadyCount(merged)
            for port in service.ports {
                let key = PortKey(port.name, port.transportProtocol)
                var portPlan = portPlan(port, at: address, candidates: merged[key] ?? [])
                owned.removeOthers(from: &portPlan)
                plan.ports.append(portPlan)
            }
        }
        plan.diagnostics = owned.diagnostics + unused
        return plan
    }

    /// Addresses, over all ports of the slices.
    private static func localReadyCount(_ endpoints: [PortKey: [EndpointCandidate]]) -> Int {
        Set(endpoints.values.joined().lazy.filter { $0.isReady && $0.isLocal }.map(\.address.address)).count
    }

    private func portPlan(
        _ port: Service.Port, at address: IPAddress, candidates: [EndpointCandidate]
    ) -> ServicePortPlan {
        let selection = EndpointSelection(candidates, view: view)
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
        let externalIPs = owned.externalIPs.filter { $0.family == family }
        let balancerIPs = owned.loadBalancerIPs.filter { $0.family == family }
        let sources = allowedSources(of: balancerIPs, family)
        let place = { (address: IPAddress) in Frontend.Place.address(SocketAddress(address, port.port)) }
        return externalIPs.map { frontend(.externalIP, place($0), nil) }
            + balancerIPs.map { frontend(.loadBalancerIP, place($0), sources) }
            + (port.nodePort == 0 ? [] : [frontend(.nodePort, .nodePort(port.nodePort), nil)])
    }

    /// What `spec.loadBalancerSourceRanges` allows, nil if anything: ranges of another family restrict nothing in this, and
    /// one of length 0 allows all.
    ///
    /// A node in a range may get connections to itself back with the balancer's address as their source.
    private func allowedSources(of balancerIPs: [IPAddress], _ family: IPFamily) -> [IPPrefix]? {
        let ranges = service.loadBalancerSourceRanges.filter { $0.family == family }
        if ranges.isEmpty || ranges.contains(where: { $0.length == 0 }) { return nil }
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
    /// The endpoints of all slices, by port, each address and port once (``EndpointCandidate/isPreferred(to:)``), sorted.
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
                if candidate.isPreferred(to: kept[place]) { kept[place] = candidate }
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
            isServing: endpoint.isServing, isTerminating: endpoint.isTerminating,
            isLocal: endpoint.nodeName == view.name, zoneHints: endpoint.zoneHints, nodeHints: endpoint.nodeHints)
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
