import ClusterModel
import ClusterState
import NetworkValues
import ProxyConfiguration
import ProxyDaemon
import ProxyPlanning
import RuleTesting
import Testing

/// Which flows a sync ends.
@Suite struct FlowTests {
    private let kernel = FakeKernel()
    private let node = IPAddress(ipv4: 0xc000_020a)

    init() { kernel.addresses = [node, .loopback(.ipv4)] }

    private func proxier(_ mode: ProxyMode = .nftables) -> Proxier {
        let blocks = [IPPrefix("192.0.2.0/24")].compactMap { $0 }
        return Proxier(ProxySettings(nodeName: "node-a", nodePortAddresses: blocks), mode: mode, kernel: kernel)
    }

    private func vip(_ number: UInt32) -> SocketAddress { SocketAddress(IPAddress(ipv4: 0x0a60_0000 + number), 53) }

    private func endpoint(_ host: UInt32) -> SocketAddress { SocketAddress(IPAddress(ipv4: 0x0a40_0000 + host), 5353) }

    /// A Service with port 53 over UDP and TCP, and its slice.
    private func service(_ name: String, _ number: UInt32, _ hosts: [UInt32], nodePort: UInt16 = 0) -> [ObjectEdit] {
        let name = NamespacedName("ns", name)
        let ports = [TransportProtocol.udp, .tcp].map { transport in
            Service.Port(name: transport.description, transportProtocol: transport, port: 53, nodePort: nodePort)
        }
        let service = Service(
            metadata: ObjectMetadata(name: name), type: nodePort == 0 ? .clusterIP : .nodePort,
            clusterIPs: [vip(number).address], ports: ports)
        let slice = EndpointSlice(
            metadata: ObjectMetadata(name: name), service: name, family: .ipv4,
            ports: ports.map {
                EndpointSlice.Port(name: $0.name, transportProtocol: $0.transportProtocol, port: 5353)
            },
            endpoints: hosts.map { EndpointSlice.Endpoint(address: endpoint($0).address) })
        return [.put(.service(service)), .put(.endpointSlice(slice))]
    }

    private func removal(of name: String) -> [ObjectEdit] {
        [.delete(ObjectReference(.service, NamespacedName("ns", name)))]
    }

    /// Flows go from each place to each of these targets, over UDP.
    private func addFlows(to places: [SocketAddress], _ targets: [SocketAddress]) {
        for place in places { kernel.flows += targets.map { (FlowDestination(.udp, place), $0) } }
    }

    private func targets(of place: SocketAddress) -> [SocketAddress] {
        kernel.flows.filter { $0.destination.address == place }.map(\.target)
    }

    private func update(_ edits: [ObjectEdit], unreadable: Bool = false) -> StateUpdate {
        var update = StateUpdate(edits: edits)
        update.unknown = unreadable ? .anything : .nothing
        return update
    }

    /// Whatever went while nobody was there: endpoints, the last one, a Service; in either mode, and from one to the other.
    @Test(arguments: ProxyMode.allCases, ProxyMode.allCases)
    func theFirstSyncEndsWhatIsLeftOver(_ before: ProxyMode, _ after: ProxyMode) throws {
        var first = proxier(before)
        let services =
            service("shrunk", 1, [1, 2]) + service("emptied", 2, [1]) + service("deleted", 3, [1], nodePort: 30053)
        _ = try first.sync(update(services))
        let nodePort = SocketAddress(node, 30053)
        let other = SocketAddress(IPAddress(ipv4: 0xc633_6401), 30053)
        addFlows(to: [vip(1), vip(2), vip(3), vip(9), nodePort, other], [endpoint(1), endpoint(2)])
        kernel.flows.append((FlowDestination(.tcp, vip(3)), endpoint(1)))
        var second = proxier(after)
        let report = try second.sync(update(service("shrunk", 1, [2]) + service("emptied", 2, [])))
        #expect(targets(of: vip(1)) == [endpoint(2)])
        #expect(targets(of: vip(2)) == [] && targets(of: nodePort) == [])
        #expect(targets(of: vip(9)).count == 2, "nobody's")
        #expect(targets(of: other).count == 2, "another machine's port of the same number")
        #expect(kernel.flows.filter { $0.destination.address == vip(3) }.map(\.destination.transportProtocol) == [.tcp])
        #expect(report.endedFlows == 7)
    }

    /// What cannot be read may be there all the same.
    @Test(arguments: ProxyMode.allCases)
    func flowsOfWhatCannotBeReadStay(_ mode: ProxyMode) throws {
        var first = proxier(mode)
        _ = try first.sync(update(service("a", 1, [1]) + service("b", 2, [2], nodePort: 30053)))
        addFlows(to: [vip(1)], [endpoint(1), endpoint(9)])
        addFlows(to: [vip(2), SocketAddress(node, 30053)], [endpoint(2)])
        var second = proxier(mode)
        #expect(try second.sync(update(service("a", 1, [1]), unreadable: true)).endedFlows == 1)
        #expect(try second.sync(update(service("a", 1, [1, 3]), unreadable: true)).endedFlows == 0)
        #expect(targets(of: vip(2)) == [endpoint(2)])
        // It is readable again, and the Service is gone.
        #expect(try second.sync(update([])).endedFlows == 2)
        #expect(kernel.flows.map(\.target) == [endpoint(1)])
    }

    /// The order in which the Services come up must not matter: they have many names.
    @Test func flowsStayWhenAFrontendChangesHands() throws {
        var proxier = proxier()
        let numbers = Array(UInt32(1)...40)
        _ = try proxier.sync(update(numbers.flatMap { service("blue-\($0)", $0, [1], nodePort: 30000 + UInt16($0)) }))
        addFlows(to: numbers.map(vip), [endpoint(1)])
        addFlows(to: numbers.map { SocketAddress(node, 30000 + UInt16($0)) }, [endpoint(1)])
        let takeover = numbers.flatMap {
            removal(of: "blue-\($0)") + service("green-\($0)", $0, $0 == 7 ? [2] : [1], nodePort: 30000 + UInt16($0))
        }
        #expect(try proxier.sync(update(takeover)).endedFlows == 2)
        #expect(targets(of: vip(7)) == [] && kernel.flows.count == 78)
    }

    @Test func anyChangeOfAnyUDPPortLooksAtAll() throws {
        var proxier = proxier()
        _ = try proxier.sync(update(service("a", 1, [1]) + service("b", 2, [2])))
        #expect(kernel.forbidden.count == 1, "the start")
        addFlows(to: [vip(2)], [endpoint(9)])
        _ = try proxier.sync(update(service("a", 1, [1])))
        #expect(kernel.forbidden.count == 1, "nothing has changed")
        #expect(try proxier.sync(update(service("a", 1, [1, 3]))).endedFlows == 1)
        #expect(kernel.forbidden.count == 2)
    }

    @Test func flowsEndOnlyWhenTheRulesAreInForce() throws {
        var proxier = proxier()
        _ = try proxier.sync(update(service("a", 1, [1])))
        addFlows(to: [vip(1)], [endpoint(1)])
        kernel.refusals = 2
        #expect(throws: FakeKernel.Refused.self) { _ = try proxier.sync(update(removal(of: "a"))) }
        #expect(kernel.flows.count == 1)
        // What did not work is carried over, be it the commit or the end of the flows.
        kernel.refusesFlows = true
        #expect(try proxier.sync(update([])).diagnostics.map(\.severity) == [.warning])
        kernel.refusesFlows = false
        #expect(try proxier.sync(update([])).endedFlows == 1)
        #expect(try proxier.sync(update([])).endedFlows == 0)
    }

    /// Goal: what is looked for does not depend on how the state came about.
    @Test(arguments: 1...30)
    func targetsAreThoseOfTheWholePlan(seed: Int) throws {
        var cluster = RandomCluster(seed: UInt64(seed))
        var proxier = proxier()
        for _ in 0..<30 {
            kernel.forbidden = []
            _ = try proxier.sync(update(cluster.edits()))
            guard let looked = kernel.forbidden.last else { continue }
            let whole = proxier.plan.services.values.map { $0.flowTargets(of: [.udp]) }
            let count = whole.reduce(0) { $0 + $1.count }
            let merged = whole.reduce(into: [:]) { $0.merge($1) { _, new in new } }
            #expect(merged.count == count, "every frontend has one owner")
            #expect(looked.targets.filter { merged[$0.key] != nil } == merged)
            #expect(Set(looked.targets.filter { merged[$0.key] == nil }.values).isSubset(of: [[]]))
        }
    }
}
