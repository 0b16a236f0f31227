import ClusterModel
import NetworkValues
import ProxyPlanning
import Testing

@Suite struct ServiceFlowsTests {
    private static let name = NamespacedName("ns", "dns")
    private static let clusterIP = IPAddress(ipv4: 0x0a60_000a)

    private func endpoint(_ host: UInt32) -> SocketAddress { SocketAddress(IPAddress(ipv4: 0x0a00_0000 + host), 53) }

    /// The plan of a Service with these endpoints.
    private func plan(
        _ endpoints: [EndpointSlice.Endpoint], over transport: TransportProtocol = .udp,
        _ change: (inout Service) -> Void = { _ in }
    ) throws -> ServicePlan {
        var service = Service(
            metadata: ObjectMetadata(name: Self.name), clusterIPs: [Self.clusterIP],
            ports: [Service.Port(transportProtocol: transport, port: 53)])
        change(&service)
        let slice = EndpointSlice(
            metadata: ObjectMetadata(name: NamespacedName("ns", "dns-1")), service: Self.name, family: .ipv4,
            ports: [EndpointSlice.Port(transportProtocol: transport, port: 53)], endpoints: endpoints)
        var snapshot = ClusterSnapshot()
        snapshot.apply([.put(.service(service)), .put(.endpointSlice(slice))])
        let settings = ProxySettings(nodeName: "node-a", endedFlows: Set(TransportProtocol.allCases))
        return try #require(Planner.plan(snapshot, settings).services[Self.name])
    }

    private func place(_ address: IPAddress, _ transport: TransportProtocol = .udp) -> FlowPlace {
        .destination(FlowDestination(transport, SocketAddress(address, 53)))
    }

    /// Serving decides, not being ready, nor being terminating.
    @Test func flowsMayGoOnToEndpointsThatServe() throws {
        let endpoints = [
            EndpointSlice.Endpoint(address: endpoint(1).address, isReady: true, isServing: true),
            EndpointSlice.Endpoint(
                address: endpoint(2).address, isReady: false, isServing: true, isTerminating: true),
            EndpointSlice.Endpoint(address: endpoint(3).address, isReady: true, isServing: false),
            EndpointSlice.Endpoint(
                address: endpoint(4).address, isReady: false, isServing: false, isTerminating: true),
            EndpointSlice.Endpoint(address: endpoint(5).address, isReady: false, isServing: true),
        ]
        let targets = try plan(endpoints).flowTargets(of: [.udp])
        #expect(targets == [place(Self.clusterIP): Set([1, 2, 5].map(endpoint))])
    }

    @Test func policiesTakeNoFlowAway() throws {
        let away = EndpointSlice.Endpoint(address: endpoint(1).address, nodeName: "node-b")
        let external = IPAddress(ipv4: 0xc633_6401)
        let targets = try plan([away]) { service in
            service.internalTrafficPolicy = .local
            service.type = .nodePort
            service.externalTrafficPolicy = .local
            service.externalIPs = [external]
            service.ports[0].nodePort = 30053
        }.flowTargets(of: [.udp])
        let own: Set = [endpoint(1)]
        #expect(
            targets == [place(Self.clusterIP): own, place(external): own, .localPort(.udp, .ipv4, 30053): own])
    }

    @Test func aFrontendWithoutEndpointsHasNoTargets() throws {
        #expect(try plan([]).flowTargets(of: [.udp]) == [place(Self.clusterIP): []])
    }

    @Test(arguments: [TransportProtocol.tcp, .sctp]) func otherProtocolsOnlyIfAskedFor(_ other: TransportProtocol)
        throws
    {
        let plan = try plan([EndpointSlice.Endpoint(address: endpoint(1).address)], over: other)
        #expect(plan.flowTargets(of: [.udp]) == [:])
        #expect(plan.flowTargets(of: [.udp, other]) == [place(Self.clusterIP, other): [endpoint(1)]])
    }

    /// Node ports at loopback addresses are those of iptables mode, and of IPv4.
    @Test func nodePortsAreLookedForWhereTheyAreServed() {
        let machine = ["192.0.2.10", "198.51.100.7", "127.0.0.1", "2001:db8::10", "::1"].compactMap { IPAddress($0) }
        let addresses = { (blocks: [String], loopback: Bool) in
            let settings = ProxySettings(nodeName: "node-a", nodePortAddresses: blocks.compactMap { IPPrefix($0) })
            let view = NodeView(settings, node: nil, machineAddresses: machine)
            return view.nodePortAddresses(among: machine, loopback: loopback).map(\.description).sorted()
        }
        #expect(addresses([], true) == ["127.0.0.1", "192.0.2.10", "198.51.100.7", "2001:db8::10"])
        #expect(addresses([], false) == ["192.0.2.10", "198.51.100.7", "2001:db8::10"])
        #expect(addresses(["198.51.100.0/24"], true) == ["198.51.100.7", "2001:db8::10"])
    }
}
