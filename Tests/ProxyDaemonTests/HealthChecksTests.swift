import ClusterModel
import NetworkValues
import ProxyPlanning
import Testing

@testable import ProxyDaemon

@Suite struct HealthChecksTests {
    private let addresses: (ipv4: IPAddress, ipv6: IPAddress)

    init() throws {
        addresses = (try #require(IPAddress("10.96.0.1")), try #require(IPAddress("fd96::1")))
    }

    private func plan(_ clusterIPs: [IPAddress], _ settings: ProxySettings = ProxySettings(nodeName: "node-a")) throws
        -> ProxyPlan
    {
        let web = NamespacedName("default", "web")
        var service = Service(
            metadata: ObjectMetadata(name: web), clusterIPs: .init(clusterIPs), ports: [Service.Port(port: 80)])
        service.type = .loadBalancer
        service.externalTrafficPolicy = .local
        service.healthCheckNodePort = 30900
        let slice = EndpointSlice(
            metadata: ObjectMetadata(name: NamespacedName("default", "web-1")), service: web, family: .ipv4,
            ports: [EndpointSlice.Port(name: "a", port: 1), EndpointSlice.Port(name: "b", port: 2)],
            endpoints: [EndpointSlice.Endpoint(address: IPAddress(ipv4: 0x0a40_0001), nodeName: "node-a")])
        var snapshot = ClusterSnapshot()
        _ = snapshot.apply([.put(.service(service)), .put(.endpointSlice(slice))])
        return Planner.plan(
            snapshot, settings,
            machineAddresses: [try #require(IPAddress("192.0.2.1")), try #require(IPAddress("2001:db8::1"))])
    }

    @Test func eachFamilyOfTheServiceHasAnAnswerOfItsOwn() throws {
        let plan = try plan([addresses.ipv4, addresses.ipv6])
        let checks = HealthChecks(plan)
        let everywhere = [IPFamily.ipv4, .ipv6].map { Listener(address: .unspecified($0), port: 30900) }
        #expect(checks.listeners == Set(everywhere))
        #expect(everywhere.map { checks.answer(at: $0, isHealthy: true).status } == [200, 503])
        #expect(
            checks.answer(at: everywhere[0], isHealthy: true).body.contains(#""localEndpoints": 1,"#),
            "over all ports, once")
        #expect(checks.answer(at: everywhere[0], isHealthy: false).status == 503)
    }

    @Test func aFamilyWithoutClusterIPIsNotAsked() throws {
        let plan = try plan([addresses.ipv6])
        #expect(
            HealthChecks(plan).listeners
                == [Listener(address: .unspecified(.ipv6), port: 30900)])
    }

    @Test(arguments: [
        (["192.0.2.0/24"], ["192.0.2.1"]), (["2001:db8::/64"], ["2001:db8::1"]), (["198.51.100.0/24"], []),
        (["192.0.2.0/24", "::/0"], ["192.0.2.1", "::"]),
    ])
    func onlyAllowedAddressesAreAsked(_ blocks: [String], _ expected: [String]) throws {
        var settings = ProxySettings(nodeName: "node-a")
        settings.nodePortAddresses = try blocks.map { try #require(IPPrefix($0)) }
        let plan = try plan([addresses.ipv4, addresses.ipv6], settings)
        let listeners = HealthChecks(plan).listeners
        #expect(Set(listeners.map(\.address.description)) == Set(expected))
    }
}
