import ClusterModel
import NetworkValues

/// What becomes an endpoint of a Service, and what is known of it there.
struct EndpointMaking {
    /// Endpoints with the same ports.
    struct Group {
        var ports: [EndpointSlice.Port]
        var endpoints: [EndpointSlice.Endpoint] = []
    }

    let service: Service
    let nodes: NodeTopology
    /// Whether a Pod without a Node that is there is left out, unless the Service asks for all.
    let isStrict: Bool

    /// The endpoints of one family, by their ports.
    ///
    /// - Parameters:
    ///   - pods: Those that the Service selects.
    ///   - stray: Takes note of a Pod whose Node is not there.
    func groups(_ pods: [SelectedPod], _ family: IPFamily, stray: (Pod) -> Void) -> [Group] {
        let samePorts = hasNamedTargets ? nil : ports(of: nil).inWrittenOrder
        var groups: [Group] = []
        var numbers: [[EndpointSlice.Port]: Int] = [:]
        for selected in pods {
            guard selected.pod.isEndpoint, let endpoint = endpoint(selected.pod, family, stray: stray) else { continue }
            if let samePorts {
                if groups.isEmpty { groups.append(Group(ports: samePorts)) }
                if groups[0].endpoints.isEmpty { groups[0].endpoints.reserveCapacity(pods.count) }
                groups[0].endpoints.append(endpoint)
                continue
            }
            let ports = ports(of: selected.pod)
            if let number = numbers[ports] {
                groups[number].endpoints.append(endpoint)
            } else {
                numbers[ports] = groups.count
                groups.append(Group(ports: ports.inWrittenOrder, endpoints: [endpoint]))
            }
        }
        return groups
    }

    private var hasNamedTargets: Bool {
        service.ports.contains {
            if case .name = $0.targetPort { true } else { false }
        }
    }

    private func endpoint(_ pod: Pod, _ family: IPFamily, stray: (Pod) -> Void) -> EndpointSlice.Endpoint? {
        guard let (address, furtherAddresses) = pod.addresses(of: family) else { return nil }
        let node = nodes.zone(of: pod.nodeName)
        if !node.isKnown, !service.publishesNotReadyAddresses {
            stray(pod)
            if isStrict { return nil }
        }
        let name = pod.metadata.name
        let isServing = pod.readiness?.isReady ?? false
        let isTerminating = pod.metadata.deletionTimestamp != nil
        let hasHostname = pod.subdomain == service.metadata.name.name
        return EndpointSlice.Endpoint(
            address: address, isReady: service.publishesNotReadyAddresses || isServing && !isTerminating,
            isServing: isServing, isTerminating: isTerminating, nodeName: pod.nodeName,
            details: EndpointSlice.Details(
                hostname: hasHostname ? pod.hostname : nil, zone: node.zone,
                target: ObjectTarget(kind: "Pod", name: name, uid: pod.metadata.uid),
                furtherAddresses: furtherAddresses))
    }

    /// The Service's ports at a Pod; one whose target the Pod does not have is left out.
    ///
    /// - Parameter pod: Not needed where all targets are numbers.
    private func ports(of pod: Pod?) -> [EndpointSlice.Port] {
        service.ports.compactMap { port in
            let number: UInt16? =
                switch port.targetPort {
                case .number(let number): number
                case .name(let name):
                    pod?.ports.first { $0.name == name && $0.transportProtocol == port.transportProtocol }?.number
                }
            return number.map {
                EndpointSlice.Port(
                    name: port.name, transportProtocol: port.transportProtocol, port: $0, appProtocol: port.appProtocol)
            }
        }
    }
}

extension Pod {
    /// Whether it may be an endpoint at all: it has an address, and has not ended.
    var isEndpoint: Bool { phase != .succeeded && phase != .failed && !(podIP == nil && podIPs.isEmpty) }

    /// Its addresses, as the API server completes them.
    var addresses: [IPAddress] { podIPs.isEmpty ? podIP.map { [$0] } ?? [] : podIPs }

    /// Its addresses of a family, sorted as the controller sorts them; nil if there is none.
    func addresses(of family: IPFamily) -> (first: IPAddress, further: [IPAddress])? {
        guard let first = addresses.first(where: { $0.family == family }) else { return nil }
        if addresses.count == 1 { return (first, []) }
        let sorted = addresses.filter { $0.family == family }.sortedAsText
        return (sorted[0], Array(sorted.dropFirst()))
    }

    /// Whether the controller has a look at its Services for having this Pod instead (`podEndpointsChanged`): it does not see
    /// an end that does not show in the condition, nor what does not change in a cluster.
    func isSameToController(as other: Pod) -> Bool {
        metadata.deletionTimestamp == nil && other.metadata.deletionTimestamp == nil
            && readiness?.isReady ?? false == other.readiness?.isReady ?? false && addresses == other.addresses
            && hostname == other.hostname && subdomain == other.subdomain
    }

    /// Whether no endpoint is another one for having this Pod instead.
    func isSameEndpoint(as other: Pod) -> Bool {
        readiness == other.readiness && podIPs == other.podIPs && podIP == other.podIP && phase == other.phase
            && nodeName == other.nodeName && ports == other.ports && hostname == other.hostname
            && subdomain == other.subdomain && metadata.uid == other.metadata.uid
            && (metadata.deletionTimestamp == nil) == (other.metadata.deletionTimestamp == nil)
    }
}

extension [IPAddress] {
    fileprivate var sortedAsText: [IPAddress] { map { ($0.description, $0) }.sorted { $0.0 < $1.0 }.map(\.1) }
}
