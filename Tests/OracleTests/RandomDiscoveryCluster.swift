import ClusterModel
import NetworkValues
import RuleTesting

/// Services of every kind, with what the API takes and DNS does not.
struct RandomDiscoveryCluster {
    private var random: SeededGenerator
    private(set) var edits: [ObjectEdit] = []
    private let namespaces: [String]

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        namespaces = ["default", "kube-system", String(repeating: "n", count: 63)]
        for index in 0..<60 { addService(index) }
    }

    func snapshot() -> ClusterSnapshot {
        var snapshot = ClusterSnapshot()
        snapshot.apply(edits)
        return snapshot
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &random)]
    }

    private mutating func addService(_ index: Int) {
        let label = pick(["web-\(index)", "\(index)", "s\(index)" + String(repeating: "x", count: 55), "a-\(index)"])
        let name = NamespacedName(pick(namespaces), label)
        var service = Service(metadata: ObjectMetadata(name: name), ports: ports())
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<3: service.clusterIPs = .allocated([ipv4(0x0a60_0000, 400)])
        case 3: service.clusterIPs = .allocated([ipv6(0xfd96, 400), ipv4(0x0a60_0000, 400)])
        case 4: service.clusterIPs = .allocated([ipv6(0xfd96, 400)])
        case 5:
            service.type = .externalName
            service.externalName = externalName()
        default:
            service.clusterIPs = .headless
        }
        edits.append(.put(.service(service)))
        for number in 0..<Int.random(in: 0...3, using: &random) { addSlice(number, of: service) }
    }

    private mutating func externalName() -> String {
        pick([
            "example.com", "Example.COM.", "10.1.2.3", String(repeating: "l", count: 64) + ".com", "a_b.example",
            "web-1.default.svc.cluster.local", "nobody.default.svc.cluster.local", "cluster.local", "svc.cluster.local",
            String(repeating: "ab.", count: 84) + "x",
        ])
    }

    private mutating func ports() -> [Service.Port] {
        (0..<Int.random(in: 0...3, using: &random)).map { index in
            Service.Port(
                name: portName(index), transportProtocol: pick(TransportProtocol.allCases),
                port: UInt16.random(in: 1...(.max), using: &random))
        }
    }

    private mutating func portName(_ index: Int) -> String {
        let length = pick([1, 5, 61, 62])
        return pick(["", "p\(index)", "p\(index)" + String(repeating: "y", count: length - 1)])
    }

    private mutating func addSlice(_ number: Int, of service: Service) {
        let family = pick(IPFamily.allCases)
        var name = service.metadata.name
        name.name += "-\(number)"
        let count = pick([0, 1, 2, 5, 5, 100])
        let endpoints = (0..<count).map { index in
            EndpointSlice.Endpoint(
                address: family == .ipv4
                    ? ipv4(pick([0x0a40_0000, 0xc0a8_0000, 0xcb00_7100]), 600) : ipv6(pick([0xfd64, 0]), 600),
                isReady: pick([nil, true, true, false]),
                details: EndpointSlice.Details(
                    hostname: pick([nil, nil, "host-\(index % 7)", String(repeating: "h", count: 63), "bad_host"])))
        }
        let slicePorts = ports().map {
            EndpointSlice.Port(name: $0.name, transportProtocol: $0.transportProtocol, port: pick([$0.port, nil]))
        }
        edits.append(
            .put(
                .endpointSlice(
                    EndpointSlice(
                        metadata: ObjectMetadata(
                            name: name, labels: [EndpointSlice.serviceNameLabel: service.metadata.name.name]),
                        service: service.metadata.name, family: family, ports: slicePorts, endpoints: endpoints))))
    }

    private mutating func ipv4(_ base: UInt32, _ count: UInt32) -> IPAddress {
        IPAddress(ipv4: base + UInt32.random(in: 0..<count, using: &random))
    }

    /// `PREFIX::N`, or with a number in the fourth group, sometimes with zeros at an end.
    private mutating func ipv6(_ prefix: UInt64, _ count: UInt64) -> IPAddress {
        let low = pick([0x64, UInt64.random(in: 2..<count, using: &random), 0xabcd_0000_0000_0000])
        return IPAddress(ipv6High: prefix << 48 | pick([0, 1, 0x100]), low: low)
    }
}
