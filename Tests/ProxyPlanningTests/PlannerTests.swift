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

    @Test func makesNoPlanForAPod() throws {
        var snapshot = ClusterSnapshot()
        var planner = Planner(ProxySettings(nodeName: "node-a"))
        let first = snapshot.apply([try service(web, "10.96.0.1"), try slice("web-1", of: web, ["10.0.0.1"])])
        planner.update(to: snapshot, change: first)
        let pod = Pod(metadata: ObjectMetadata(name: web), podIPs: [IPAddress(ipv4: 0x0a00_0001)])
        let change = snapshot.apply([.put(.pod(pod))])
        #expect(change.pods == [web])
        #expect(planner.update(to: snapshot, change: change).isEmpty)
    }

    @Test func passesOverPortsWithoutANumber() throws {
        let slice = EndpointSlice(
            metadata: ObjectMetadata(name: NamespacedName("default", "web-1")), service: web, family: .ipv4,
            ports: [.init(port: nil)], endpoints: [.init(address: IPAddress(ipv4: 0x0a00_0001))])
        let plan = plan([try service(web, "10.96.0.1"), .put(.endpointSlice(slice))])
        #expect(plan.services[web]?.ports.first?.frontends.map(\.action) == [.reject])
    }

    @Test func givesAClusterIPToTheFirstByName() throws {
        let other = NamespacedName("default", "aaa")
        let plan = plan([try service(web, "10.96.0.1"), try service(other, "10.96.0.1")])
        #expect(plan.services[other]?.ports.count == 1)
        #expect(plan.services[web]?.ports.isEmpty == true)
        #expect(plan.diagnostics.map(\.object) == ["Service default/web"])
    }

    private func node(_ zone: String?, _ blocks: [String], _ addresses: [String] = []) throws -> ObjectEdit {
        .put(
            .node(
                Node(
                    metadata: ObjectMetadata(
                        name: NamespacedName("", "node-a"),
                        labels: zone.map { ["topology.kubernetes.io/zone": $0] } ?? [:]),
                    addresses: try addresses.map { try #require(IPAddress($0)) },
                    podCIDRs: try blocks.map { try #require(IPPrefix($0)) })))
    }

    private func slice(_ endpoints: [EndpointSlice.Endpoint]) -> ObjectEdit {
        .put(
            .endpointSlice(
                EndpointSlice(
                    metadata: ObjectMetadata(name: NamespacedName("default", "web-1")), service: web,
                    family: .ipv4, ports: [EndpointSlice.Port(port: 8080)], endpoints: endpoints)))
    }

    @Test func usesHintsOnlyWhenEveryReadyEndpointHasOne() throws {
        let endpoint = { (host: UInt32, hints: [String], isReady: Bool) in
            EndpointSlice.Endpoint(
                address: IPAddress(ipv4: 0x0a00_0000 + host), isReady: isReady, details: .init(zoneHints: hints))
        }
        let planWith = { (endpoints: [EndpointSlice.Endpoint]) in
            plan([try service(web, "10.96.0.1"), try node("z1", []), slice(endpoints)])
        }
        let mine = endpoint(1, ["z1"], true)
        #expect(endpoints(try planWith([mine, endpoint(2, ["z2"], true)]), web) == ["10.0.0.1:8080"])
        #expect(endpoints(try planWith([mine, endpoint(2, [], false)]), web) == ["10.0.0.1:8080"])
        #expect(endpoints(try planWith([mine, endpoint(2, [], true)]), web)?.count == 2)
        #expect(endpoints(try planWith([endpoint(1, ["z3"], true), endpoint(2, ["z2"], true)]), web)?.count == 2)
    }

    /// Goal: which of several endpoints with one address counts does not depend on the order in which they are listed.
    /// Method: all combinations of two and three, in every order, must give the same plan.
    @Test func theOrderOfEndpointsMeansNothing() throws {
        let states = [(true, true, false), (false, true, true), (false, false, false), (false, false, true)]
        let all = states.flatMap { isReady, isServing, isTerminating in
            ["node-a", "node-b"].flatMap { node in
                [[], ["z1"]].map { hints in
                    EndpointSlice.Endpoint(
                        address: IPAddress(ipv4: 0x0a00_0001), isReady: isReady, isServing: isServing,
                        isTerminating: isTerminating, nodeName: node, details: .init(zoneHints: hints))
                }
            }
        }
        for first in all {
            for second in all {
                let pair = try plan([service(web, "10.96.0.1"), slice([first, second])]).services
                #expect(try plan([service(web, "10.96.0.1"), slice([second, first])]).services == pair)
                if first.isTerminating != second.isTerminating {
                    let living = first.isTerminating ? second : first
                    #expect(try plan([service(web, "10.96.0.1"), slice([living])]).services == pair)
                }
            }
        }
    }

    @Test func theNodesLastWordsHoldWhenItGoes() throws {
        var snapshot = ClusterSnapshot()
        var planner = Planner(ProxySettings(nodeName: "node-a", detectLocalMode: .nodeCIDR))
        func warnings(_ edits: ObjectEdit...) -> [String] {
            let change = snapshot.apply(edits)
            planner.update(to: snapshot, change: change)
            return planner.plan.diagnostics.map(\.description)
        }
        let unknown = "Node node-a: spec.podCIDRs: not known: no traffic counts as from outside the cluster (NodeCIDR)"
        #expect(warnings() == [unknown])
        #expect(warnings(try node("z1", ["10.64.0.0/24"], ["192.0.2.10"])) == [])
        let view = planner.plan.view
        #expect(view.zone == "z1" && view.podTraffic[.ipv4]?.description == "from 10.64.0.0/24")
        let gone = "Node node-a: it is gone; its last zone, addresses and pod CIDR blocks still hold"
        #expect(warnings(.delete(ObjectReference(.node, NamespacedName("", "node-a")))) == [gone])
        #expect(planner.plan.view == view)
        // It registers anew, and gets its blocks, its zone and its addresses one after another.
        let none = "Node node-a: spec.podCIDRs: it has none any more; the last ones still hold"
        #expect(warnings(try node("z1", [])) == [none])
        #expect(planner.plan.view == view)
        #expect(warnings(try node(nil, ["10.64.1.0/24"], ["192.0.2.11"])) == [])
        #expect(planner.plan.view.zone == nil)
        #expect(planner.plan.view.podTraffic[.ipv4]?.description == "from 10.64.1.0/24")
        #expect(planner.plan.view.addresses[.ipv4] == IPAddress("192.0.2.11"))
    }

    /// Goal: who is there first, and who goes, does not decide about a cluster IP.
    @Test func aClusterIPIsTakenFromExternalIPsWhenItsServiceComes() throws {
        let other = NamespacedName("default", "aaa")
        let taker = try service(other, "10.96.0.2") {
            $0.externalIPs = $0.clusterIPs.addresses + [IPAddress(ipv4: 0x0a60_0001)]
            $0.type = .loadBalancer
            $0.loadBalancerIPs = [IPAddress(ipv4: 0x0a60_0001)]
        }
        var snapshot = ClusterSnapshot()
        var planner = Planner(ProxySettings(nodeName: "node-a"))
        func frontends(after edits: ObjectEdit...) -> [String] {
            let change = snapshot.apply(edits)
            planner.update(to: snapshot, change: change)
            return planner.plan.services[other]?.ports.flatMap(\.frontends).map { "\($0.kind.rawValue) \($0.place)" }
                ?? []
        }
        let own = ["cluster IP 10.96.0.2:80"]
        let all = own + ["external IP 10.96.0.1:80", "load balancer IP 10.96.0.1:80"]
        #expect(frontends(after: taker) == all)
        #expect(frontends(after: try service(web, "10.96.0.1")) == own)
        #expect(
            planner.plan.diagnostics.map(\.description)
                == ["spec.externalIPs: external", "status.loadBalancer.ingress: load balancer"]
                .map {
                    "Service default/aaa: \($0) IP 10.96.0.1 is the cluster IP of Service default/web; it is not served"
                })
        // A Service that is left to another proxy has its cluster IP all the same.
        let left = try service(web, "10.96.0.1") {
            $0.metadata.labels["service.kubernetes.io/service-proxy-name"] = "x"
        }
        #expect(frontends(after: left) == own)
        #expect(frontends(after: .delete(ObjectReference(.service, web))) == all)
    }
}
