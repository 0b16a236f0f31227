import ClusterModel
import NetworkValues
import ProxyPlanning
import Testing

/// What the API server's allocators would not have given, without an API server.
@Suite struct ServiceAdmissionTests {
    private let name = NamespacedName("default", "web")

    private func plan(_ settings: ProxySettings, _ change: (inout Service) throws -> Void) throws -> ServicePlan {
        var service = Service(
            metadata: ObjectMetadata(name: name), type: .loadBalancer, clusterIPs: [try ip("10.96.0.1")],
            ports: [Service.Port(port: 80, nodePort: 30080)], externalTrafficPolicy: .local, healthCheckNodePort: 31000)
        try change(&service)
        let node = Node(
            metadata: ObjectMetadata(name: NamespacedName("", "node-a")), addresses: [try ip("192.0.2.10")])
        var snapshot = ClusterSnapshot()
        snapshot.apply([.put(.service(service)), .put(.node(node))])
        return try #require(Planner.plan(snapshot, settings).services[name])
    }

    private func ip(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    private var settings: ProxySettings {
        ProxySettings(
            nodeName: "node-a", serviceClusterIPRanges: ["10.96.0.0/16", "fd96::/112"].compactMap { IPPrefix($0) },
            serviceNodePortRange: 30000...32767)
    }

    private func places(_ plan: ServicePlan) -> [String] {
        plan.ports.flatMap(\.frontends).map { "\($0.kind.rawValue) \($0.place)" }
    }

    @Test func servesWhatIsInTheRanges() throws {
        let plan = try plan(settings) { $0.clusterIPs = .init($0.clusterIPs.addresses + [try ip("fd96::1")]) }
        #expect(plan.diagnostics.isEmpty)
        #expect(plan.clusterIPs.count == 2 && plan.healthCheck?.nodePort == 31000)
    }

    @Test(arguments: ["8.8.8.8", "10.64.0.1", "192.0.2.10", "10.97.0.1", "fd64::1"])
    func refusesAClusterIPOutside(address: String) throws {
        let plan = try plan(settings) { $0.clusterIPs = [try ip(address)] }
        #expect(plan.ports.isEmpty && plan.clusterIPs.isEmpty)
        #expect(
            plan.diagnostics.map(\.description) == [
                "Service default/web: spec.clusterIPs: cluster IP \(address) is not in "
                    + "--service-cluster-ip-range 10.96.0.0/16,fd96::/112; it is not served"
            ])
    }

    @Test func refusesPortsOutside() throws {
        let plan = try plan(settings) {
            $0.ports[0].nodePort = 22
            $0.healthCheckNodePort = 32768
        }
        #expect(places(plan) == ["cluster IP 10.96.0.1:80"])
        #expect(plan.healthCheck == nil)
        #expect(
            plan.diagnostics.map(\.description) == [
                "Service default/web: spec.ports[0].nodePort: port 22 is not in --service-node-port-range 30000-32767; "
                    + "it is not served",
                "Service default/web: spec.healthCheckNodePort: port 32768 is not in --service-node-port-range "
                    + "30000-32767; it is not served",
            ])
        #expect(plan.diagnostics.allSatisfy { $0.severity == .error })
    }

    @Test func warnsOfWhatIsTheNodesOwn() throws {
        let plan = try plan(ProxySettings(nodeName: "node-a")) {
            $0.clusterIPs = [try ip("192.0.2.10")]
            $0.externalIPs = [try ip("192.0.2.10"), try ip("192.0.2.11")]
            $0.ports[0].nodePort = 22
            $0.healthCheckNodePort = 1024
        }
        #expect(plan.diagnostics.map(\.path) == ["spec.clusterIPs", "spec.externalIPs", "spec.ports[0].nodePort"])
        #expect(plan.diagnostics.allSatisfy { $0.severity == .warning })
        #expect(places(plan).contains("node port 22"))
    }

    @Test func warnsOfAClusterIPInNoServiceCIDR() throws {
        let block = { (name: String, text: String) in
            ObjectEdit.put(
                .serviceCIDR(
                    ServiceCIDR(
                        metadata: ObjectMetadata(name: NamespacedName("", name)),
                        cidrs: [try #require(IPPrefix(text))])))
        }
        let service = Service(
            metadata: ObjectMetadata(name: name), clusterIPs: [try ip("10.97.0.1"), try ip("fd97::1")],
            ports: [Service.Port(port: 80)])
        var snapshot = ClusterSnapshot()
        var planner = Planner(ProxySettings(nodeName: "node-a"))
        let update = { (edits: [ObjectEdit]) in
            let change = snapshot.apply(edits)
            planner.update(to: snapshot, change: change)
            return planner.plan.services[name]?.diagnostics.map(\.description)
        }
        #expect(update([.put(.service(service))]) == [])
        let warning = "Service default/web: spec.clusterIPs: cluster IP 10.97.0.1 is in no ServiceCIDR that is known"
        #expect(update([try block("a", "10.96.0.0/16")]) == [warning])
        #expect(planner.plan.services[name]?.clusterIPs.count == 2, "it is served all the same")
        #expect(update([try block("b", "10.97.0.0/24")]) == [])
        #expect(planner.plan.serviceCIDRs.map(\.description) == ["10.96.0.0/16", "10.97.0.0/24"])
        #expect(update([.delete(ObjectReference(.serviceCIDR, NamespacedName("", "b")))]) == [warning])
    }

    @Test func aClusterIPThatIsRefusedTakesNothingFromOthers() throws {
        let victim = NamespacedName("shop", "web")
        let pod = try ip("10.64.0.1")
        let service = { (name: NamespacedName, address: String) in
            ObjectEdit.put(
                .service(
                    Service(
                        metadata: ObjectMetadata(name: name), clusterIPs: [try ip(address)],
                        ports: [Service.Port(port: 80)])))
        }
        let slice = EndpointSlice(
            metadata: ObjectMetadata(name: NamespacedName("shop", "web-1")), service: victim, family: .ipv4,
            ports: [.init(port: 80)], endpoints: [.init(address: pod)])
        var snapshot = ClusterSnapshot()
        snapshot.apply([try service(victim, "10.96.0.2"), try service(name, "10.64.0.1"), .put(.endpointSlice(slice))])
        let plan = Planner.plan(snapshot, settings)
        #expect(plan.services[victim]?.ports.first?.clusterEndpoints == [SocketAddress(pod, 80)])
        #expect(plan.services[victim]?.diagnostics.isEmpty == true)
    }

    @Test func saysAtMostTenThingsOfAService() throws {
        let plan = try plan(settings) { service in
            service.ports = (1...30).map { Service.Port(name: "p\($0)", port: $0, nodePort: $0) }
        }
        #expect(plan.diagnostics.count == 11)
        #expect(plan.diagnostics.last?.description == "Service default/web: and 20 more problems")
    }
}
