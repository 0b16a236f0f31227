import ClusterModel
import NetworkValues
import ProxyPlanning
import Testing

/// Goal: the reasons that are given are those of the plan, and a Service that comes or goes costs no look at others.
@Suite struct EndpointDecisionTests {
    private static let web = NamespacedName("default", "web")
    private static let other = NamespacedName("default", "other")

    private func service(_ name: NamespacedName, _ clusterIP: String) throws -> ObjectEdit {
        var service = Service(metadata: ObjectMetadata(name: name), ports: [Service.Port(port: 80)])
        service.clusterIPs = [try #require(IPAddress(clusterIP))]
        return .put(.service(service))
    }

    private func slice(_ endpoints: [EndpointSlice.Endpoint]) -> ObjectEdit {
        .put(
            .endpointSlice(
                EndpointSlice(
                    metadata: ObjectMetadata(name: NamespacedName("default", "web-1")), service: Self.web,
                    family: .ipv4,
                    ports: [EndpointSlice.Port(port: 8080)], endpoints: endpoints)))
    }

    private func address(_ last: UInt32) -> IPAddress { IPAddress(ipv4: 0x0a00_0000 + last) }  // 10.0.0.0

    private func decisions(_ endpoints: [EndpointSlice.Endpoint], zone: String? = nil) throws -> [EndpointDecision] {
        var snapshot = ClusterSnapshot()
        let labels = zone.map { ["topology.kubernetes.io/zone": $0] } ?? [:]
        let node = Node(metadata: ObjectMetadata(name: NamespacedName("", "node-a"), labels: labels))
        let change = snapshot.apply([try service(Self.web, "10.96.0.1"), slice(endpoints), .put(.node(node))])
        var planner = Planner(ProxySettings(nodeName: "node-a"))
        planner.update(to: snapshot, change: change)
        let decisions = planner.decisions(onEndpointsOf: Self.web, in: snapshot)
        let port = try #require(planner.plan.services[Self.web]?.ports.first)
        #expect(
            port.endpoints(.cluster) == decisions.filter { $0.clusterExclusion == nil }.map(\.endpoint),
            "what is said to be used is used")
        return decisions
    }

    @Test func saysWhyAnEndpointIsNotUsed() throws {
        let decisions = try decisions([
            EndpointSlice.Endpoint(address: address(1), nodeName: "node-a"),
            EndpointSlice.Endpoint(address: address(2), isReady: false, isServing: false),
            EndpointSlice.Endpoint(address: address(3), isReady: false, isTerminating: true, nodeName: "node-a"),
            EndpointSlice.Endpoint(address: address(4), nodeName: "node-b"),
            EndpointSlice.Endpoint(address: IPAddress(ipv4: 0x0a60_0001)),
        ])
        #expect(decisions.map(\.clusterExclusion) == [nil, .notReady, .terminating, nil, .clusterIP])
        #expect(decisions.map(\.localExclusion) == [nil, .notReady, .terminating, .onOtherNode, .clusterIP])
    }

    @Test func saysThatHintsAreForOthers() throws {
        let decisions = try decisions(
            [
                EndpointSlice.Endpoint(address: address(1), details: .init(zoneHints: ["a"])),
                EndpointSlice.Endpoint(address: address(2), details: .init(zoneHints: ["b"])),
            ], zone: "a")
        #expect(decisions.map(\.clusterExclusion) == [nil, .hintedForOtherZones])
    }

    @Test func aServiceThatComesOrGoesIsNoReasonToSearchEndpoints() throws {
        var snapshot = ClusterSnapshot()
        var planner = Planner(ProxySettings(nodeName: "node-a"))
        let pods = slice([EndpointSlice.Endpoint(address: address(1))])
        for edits in [
            [try service(Self.web, "10.96.0.1"), pods], [try service(Self.other, "10.96.0.2")],
            [try service(Self.other, "10.97.0.2")], [.delete(ObjectReference(.service, Self.other))],
        ] {
            let change = snapshot.apply(edits)
            planner.update(to: snapshot, change: change)
        }
        #expect(planner.endpointSearches == 0)
        let change = snapshot.apply([try service(Self.other, "10.0.0.1")])
        #expect(planner.update(to: snapshot, change: change)[Self.web] != nil, "the endpoint is a cluster IP now")
        #expect(planner.endpointSearches == 1)
    }
}
