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
        if let healthCheckPort = owned.healthCheckPort {
            plan.healthCheck = HealthCheck(nodePort: healthCheckPort, localEndpointCounts: [:])
        }
        var unused: [Diagnostic] = []
        for address in plan.clusterIPs.sorted() {
            let merged = mergedEndpoints(address.family, &unused)
            plan.healthCheck?.localEndpointCounts[address.family] = Self.localReadyCount(merged)
            for port in service.ports {
                var portPlan = portPlan(port, at: address, candidates: merged[PortKey(port)] ?? [])
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
        // Traffic from within bypasses an external policy Local, hence any way in from outside uses the cluster list.
        let usesCluster = internalList == .cluster || !external.isEmpty
        let usesLocal = internalList == .local || (!external.isEmpty && externalList == .local)
        return ServicePortPlan(
            name: ServicePortName(name, port.name, port.transportProtocol), family: address.family,
            affinitySeconds: affinitySeconds, clusterEndpoints: usesCluster ? selection.endpoints(.cluster) : [],
            localEndpoints: usesLocal ? selection.endpoints(.local) : [], frontends: [clusterIP] + external,
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
                action: selection.action(externalList), bypassesLocalPolicyForOwnTraffic: externalList == .local,
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

    init(_ port: Service.Port) {
        self.init(port.name, port.transportProtocol)
    }
}

extension ServicePlanner {
    /// The endpoints of all slices of a family, by port, each address and port once
    /// (``EndpointCandidate/isPreferred(to:)``), sorted.
    func mergedEndpoints(_ family: IPFamily, _ diagnostics: inout [Diagnostic]) -> [PortKey: [EndpointCandidate]] {
        var merged: [PortKey: [EndpointCandidate]] = [:]
        for slice in slices where slice.family == family && !slice.metadata.isOfHeadlessService {
            let owners = slice.endpoints.map { claims.owner(ofClusterIP: $0.address) }
            for (endpoint, owner) in zip(slice.endpoints, owners) {
                if let owner { diagnostics.append(Self.misplaced(endpoint.address, in: slice, owner)) }
            }
            for port in slice.ports {
                guard let number = port.port else { continue }
                let candidates = zip(slice.endpoints, owners).lazy.filter { $0.1 == nil }.map {
                    candidate($0.0, port: number)
                }
                merged[PortKey(port.name, port.transportProtocol), default: []] += candidates
            }
        }
        return merged.mapValues { Self.withoutDuplicates(SocketAddress.sortedAsText($0, by: \.address)) }
    }

    /// - Parameter candidates: Sorted, so that those of one address and port follow each other.
    private static func withoutDuplicates(_ candidates: [EndpointCandidate]) -> [EndpointCandidate] {
        var kept: [EndpointCandidate] = []
        kept.reserveCapacity(candidates.count)
        for candidate in candidates {
            guard let last = kept.last, last.address == candidate.address else {
                kept.append(candidate)
                continue
            }
            if candidate.isPreferred(to: last) { kept[kept.count - 1] = candidate }
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
    private static func misplaced(
        _ address: IPAddress, in slice: EndpointSlice, _ owner: NamespacedName
    ) -> Diagnostic {
        Diagnostic(
            .error, object: "EndpointSlice \(slice.metadata.name)", path: "endpoints",
            "endpoint \(address) is the cluster IP of Service \(owner); it is not used")
    }
}
