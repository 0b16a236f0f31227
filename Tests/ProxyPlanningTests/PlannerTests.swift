import ClusterModel
import NetworkValues
import ProxyPlanning
import Testing

@Suite struct PlannerTests {
    private let web = NamespacedName("default", "web")

    private func service(_ name: NamespacedName, _ clusterIP: String, _ change: (inout Service) -> Void = { _ in })
        throws
        -> ObjectEdit
    {
        var service = Service(
            metadata: ObjectMetadata(name: name), clusterIPs: [try #require(IPAddress(clusterIP))],
            ports: [Service.Port(port: 80)])
        change(&service)
        return .put(.service(service))
    }

    private func slice(_ name: String, of service: NamespacedName, _ addresses: [String]) throws -> ObjectEdit {
        .put(
            .endpointSlice(
                EndpointSlice(
                    metadata: ObjectMetadata(name: NamespacedName(service.namespace, name)), service: service,
                    family: .ipv4, ports: [EndpointSlice.Port(port: 8080)],
                    endpoints: try addresses.map { EndpointSlice.Endpoint(address: try #require(IPAddress($0))) })))
    }

    private func plan(_ edits: [ObjectEdit]) -> ProxyPlan {
        var snapshot = ClusterSnapshot()
        snapshot.apply(edits)
        return Planner.plan(snapshot, ProxySettings(nodeName: "node-a"))
    }

    private func endpoints(_ plan: ProxyPlan, _ name: NamespacedName) -> [String]? {
        guard let port = plan.services[name]?.ports.first, case .balance(let list) = port.frontends.first?.action else {
            return nil
        }
        return port.endpoints(list).map(\.description)
    }

    @Test func sortsEndpointsAsText() throws {
        let addresses = ["10.0.0.2", "10.0.0.10", "9.0.0.1", "10.0.0.1", "100.0.0.1"]
        let plan = plan([try service(web, "10.96.0.1"), try slice("web-1", of: web, addresses)])
        let expected = addresses.map { "\($0):8080" }.sorted()
        #expect(endpoints(plan, web) == expected)
        #expect(expected.first == "10.0.0.10:8080", "the text order is not the numerical one")
    }

    @Test func refusesEndpointsAtClusterIPsAndTakesThemBackWhenTheyAreFree() throws {
        let other = NamespacedName("default", "other")
        var snapshot = ClusterSnapshot()
        var planner = Planner(ProxySettings(nodeName: "node-a"))
        let first = snapshot.apply([
            try service(web, "10.96.0.1"), try slice("web-1", of: web, ["10.0.0.1", "10.96.0.2"]),
        ])
        planner.update(to: snapshot, change: first)
        #expect(endpoints(planner.plan, web) == ["10.0.0.1:8080", "10.96.0.2:8080"])
        let second = snapshot.apply([try service(other, "10.96.0.2")])
        let changed = planner.update(to: snapshot, change: second)
        #expect(Set(changed.keys) == [web, other])
        #expect(endpoints(planner.plan, web) == ["10.0.0.1:8080"])
        #expect(
            planner.plan.diagnostics.map(\.description) == [
                "EndpointSlice default/web-1: endpoints: endpoint 10.96.0.2 is the cluster IP of Service default/other; "
                    + "it is not used"
            ])
        let third = snapshot.apply([.delete(ObjectReference(.service, other))])
        #expect(Set(planner.update(to: snapshot, change: third).keys) == [web, other])
        #expect(endpoints(planner.plan, web) == ["10.0.0.1:8080", "10.96.0.2:8080"])
    }

    @Test func givesAClusterIPToTheFirstByName() throws {
        let other = NamespacedName("default", "aaa")
        let plan = plan([try service(web, "10.96.0.1"), try service(other, "10.96.0.1")])
        #expect(plan.services[other]?.ports.count == 1)
        #expect(plan.services[web]?.ports.isEmpty == true)
        #expect(plan.diagnostics.map(\.object) == ["Service default/web"])
    }

    @Test func usesHintsOnlyWhenEveryReadyEndpointHasOne() throws {
        let node = Node(
            metadata: ObjectMetadata(name: NamespacedName("", "node-a"), labels: ["topology.kubernetes.io/zone": "z1"]))
        let hinted = try service(web, "10.96.0.1") {
            $0.metadata.annotations["service.kubernetes.io/topology-mode"] = "Auto"
        }
        let endpoint = { (host: UInt32, hints: [String]) in
            EndpointSlice.Endpoint(address: IPAddress(ipv4: 0x0a00_0000 + host), zoneHints: hints)
        }
        let planWith = { (endpoints: [EndpointSlice.Endpoint]) in
            plan([
                hinted, .put(.node(node)),
                .put(
                    .endpointSlice(
                        EndpointSlice(
                            metadata: ObjectMetadata(name: NamespacedName("default", "web-1")), service: web,
                            family: .ipv4, ports: [EndpointSlice.Port(port: 8080)], endpoints: endpoints))),
            ])
        }
        #expect(endpoints(planWith([endpoint(1, ["z1"]), endpoint(2, ["z2"])]), web) == ["10.0.0.1:8080"])
        #expect(endpoints(planWith([endpoint(1, ["z1"]), endpoint(2, [])]), web)?.count == 2)
        #expect(endpoints(planWith([endpoint(1, ["z3"]), endpoint(2, ["z2"])]), web)?.count == 2)
    }
}
