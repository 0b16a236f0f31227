import ClusterModel
import NetworkValues
import PacketTracing
import ProxyPlanning
import RuleCompilers
import Testing

/// A Service with as many endpoints as nobody follows one by one: each has its share, and is one way through the rules.
struct ManyEndpointsTests {
    private static let count: UInt32 = 1000

    private static let clusterIP = IPAddress(ipv4: 0x0a60_000a)

    private static var plan: ProxyPlan {
        let service = Service(
            metadata: ObjectMetadata(name: NamespacedName("ns", "web")), clusterIPs: [clusterIP],
            ports: [Service.Port(name: "", port: 80)])
        let endpoints = (0..<count).map { EndpointSlice.Endpoint(address: IPAddress(ipv4: 0x0a40_0001 + $0)) }
        let slice = EndpointSlice(
            metadata: ObjectMetadata(name: NamespacedName("ns", "web-a")), service: NamespacedName("ns", "web"),
            family: .ipv4,
            ports: [EndpointSlice.Port(name: "", port: 8080)], endpoints: endpoints)
        var snapshot = ClusterSnapshot()
        snapshot.apply([.put(.service(service)), .put(.endpointSlice(slice))])
        return Planner.plan(snapshot, ProxySettings(nodeName: "node-a"))
    }

    private static let packet = Packet(
        source: SocketAddress(IPAddress(ipv4: 0xc000_0201), 40000), destination: SocketAddress(clusterIP, 80),
        protocol: .tcp, origin: .forwarded)

    @Test func eachHasItsShareInNFTablesMode() throws {
        try expectEqualShares(PacketTracer(NFTablesCompiler.compile(Self.plan)).trace(Self.packet))
    }

    @Test func eachHasItsShareInIPTablesMode() throws {
        try expectEqualShares(IPTablesTracer(IPTablesCompiler.compile(Self.plan)).trace(Self.packet))
    }

    private func expectEqualShares(_ result: TraceResult<some Hashable & Sendable, some Hashable & Sendable>) {
        #expect(result.branches.count == Int(Self.count))
        #expect(result.outcomes.count == Int(Self.count))
        #expect(result.outcomes.values.allSatisfy { $0 == Fraction(1, UInt64(Self.count)) })
    }
}
