package import ClusterModel
package import NetworkValues

/// Random edits of a small cluster, with collisions of names, cluster IPs and endpoints; the same for the same seed.
package struct RandomCluster {
    private var generator: SeededGenerator

    /// A row of edits that depends on nothing but the seed.
    package init(seed: UInt64) {
        generator = SeededGenerator(seed: seed)
    }

    /// One to four edits that happen at once.
    package mutating func edits() -> [ObjectEdit] {
        (0..<Int.random(in: 1...4, using: &generator)).map { _ in edit() }
    }

    /// A ServiceCIDR that comes, changes or goes, now and then.
    package mutating func serviceCIDREdits() -> [ObjectEdit] {
        let name = NamespacedName("", "block\(Int.random(in: 0..<2, using: &generator))")
        let isPresent = Bool.random(using: &generator)
        let bits = Int.random(in: 0...8, using: &generator)
        guard Int.random(in: 0..<4, using: &generator) == 0 else { return [] }
        guard isPresent else { return [.delete(ObjectReference(.serviceCIDR, name))] }
        let blocks = [
            IPPrefix(IPAddress(ipv4: 0x0a60_0000), length: 12 + bits),
            IPPrefix(IPAddress(ipv6High: 0xfd96 << 48, low: 0), length: 108 + bits),
        ].compactMap(\.self)
        return [.put(.serviceCIDR(ServiceCIDR(metadata: ObjectMetadata(name: name), cidrs: blocks)))]
    }

    private mutating func edit() -> ObjectEdit {
        let name = NamespacedName("ns", "svc\(Int.random(in: 0..<5, using: &generator))")
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: return .delete(ObjectReference(.service, name))
        case 1: return .delete(ObjectReference(.endpointSlice, NamespacedName("ns", "\(name.name)-a")))
        case 2...4: return .put(.service(service(name)))
        case 5: return .put(.node(node()))
        default: return .put(.endpointSlice(slice(of: name)))
        }
    }

    private mutating func service(_ name: NamespacedName) -> Service {
        let index = UInt32.random(in: 0..<6, using: &generator)
        let isDual = Bool.random(using: &generator)
        let ipv6 = IPAddress(ipv6High: 0xfd96 << 48, low: UInt64(index))
        var service = Service(
            metadata: ObjectMetadata(name: name),
            clusterIPs: .init([IPAddress(ipv4: 0x0a60_0000 + index)] + (isDual ? [ipv6] : [])),
            ports: [
                Service.Port(name: "a", port: 80), Service.Port(name: "b", transportProtocol: .udp, port: 53),
            ],
            sessionAffinity: Bool.random(using: &generator) ? .none : .clientIP(timeoutSeconds: 10),
            internalTrafficPolicy: Int.random(in: 0..<4, using: &generator) == 0 ? .local : .cluster)
        openToTheOutside(&service)
        return service
    }

    /// Gives about two of three Services ways in from outside, which collide now and then.
    private mutating func openToTheOutside(_ service: inout Service) {
        service.metadata.creationTimestamp =
            [nil, Timestamp(seconds: 1_767_225_600), Timestamp(seconds: 1_769_904_000)]
            .randomElement(using: &generator) ?? nil
        service.type = [.clusterIP, .nodePort, .loadBalancer].randomElement(using: &generator) ?? .clusterIP
        if Int.random(in: 0..<3, using: &generator) == 0 { service.externalIPs = external(0xc633_6450, 0x50) }
        if service.type != .clusterIP {
            for index in service.ports.indices {
                service.ports[index].nodePort = 30000 + UInt16.random(in: 0..<6, using: &generator)
            }
        }
        if service.type == .loadBalancer {
            service.loadBalancerIPs = external(0xc633_645a, 0x5a)
            if Bool.random(using: &generator) {
                // One range of IPv4 in which the node is, one in which it is not, and one of IPv6.
                let ranges = ["192.0.2.0/24", "203.0.113.0/24", "2001:db8:f::/48"].compactMap { IPPrefix($0) }
                service.loadBalancerSourceRanges = ranges.filter { _ in Bool.random(using: &generator) }
            }
        }
        if service.type != .clusterIP || !service.externalIPs.isEmpty {
            service.externalTrafficPolicy = Bool.random(using: &generator) ? .local : .cluster
        }
        let isChecked = service.type == .loadBalancer && service.externalTrafficPolicy == .local
        service.healthCheckNodePort = isChecked ? 30900 + UInt16.random(in: 0..<6, using: &generator) : 0
    }

    /// An address of each family, now and then the node's own.
    private mutating func external(_ ipv4: UInt32, _ ipv6: UInt64) -> [IPAddress] {
        let index = UInt32.random(in: 0..<3, using: &generator)
        if index == 0 { return [Self.nodeAddresses[0]] }
        return [
            IPAddress(ipv4: ipv4 + index), IPAddress(ipv6High: 0x2001_0db8 << 32, low: ipv6 + UInt64(index)),
        ]
    }

    /// The addresses of the node.
    package static let nodeAddresses = [
        IPAddress(ipv4: 0xc000_020a), IPAddress(ipv6High: 0x2001_0db8 << 32, low: 0x10),
    ]

    private mutating func slice(of service: NamespacedName) -> EndpointSlice {
        let isIPv6 = Bool.random(using: &generator)
        let suffix = ["a", "b"].randomElement(using: &generator) ?? "a"
        let endpoints = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
            // Some endpoints are at addresses that Services claim as cluster IPs.
            let base: UInt32 = Int.random(in: 0..<8, using: &generator) == 0 ? 0x0a60_0000 : 0x0a40_0000
            let host = UInt32.random(in: 0..<6, using: &generator)
            return EndpointSlice.Endpoint(
                address: isIPv6 ? IPAddress(ipv6High: 0xfd64 << 48, low: UInt64(host)) : IPAddress(ipv4: base + host),
                isReady: Int.random(in: 0..<3, using: &generator) > 0,
                isTerminating: Bool.random(using: &generator),
                nodeName: Bool.random(using: &generator) ? "node-a" : "node-b")
        }
        return EndpointSlice(
            metadata: ObjectMetadata(name: NamespacedName("ns", "\(service.name)-\(suffix)\(isIPv6 ? "6" : "")")),
            service: service, family: isIPv6 ? .ipv6 : .ipv4,
            ports: [
                EndpointSlice.Port(name: "a", port: 8080),
                EndpointSlice.Port(name: "b", transportProtocol: .udp, port: 5353),
            ], endpoints: endpoints)
    }

    private mutating func node() -> Node {
        let zone = Bool.random(using: &generator) ? "zone-1" : "zone-2"
        return Node(
            metadata: ObjectMetadata(
                name: NamespacedName("", "node-a"), labels: ["topology.kubernetes.io/zone": zone]),
            addresses: Self.nodeAddresses)
    }
}
