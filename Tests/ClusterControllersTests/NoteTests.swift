import ClusterModel
import NetworkValues
import Testing

@testable import ClusterControllers

/// Goal: people who write Pods by hand get endpoints, and are told what a cluster would not do; whoever has very many Services
/// is told in one line.
@Suite struct NoteTests {
    private static let unscheduled = ClusterObject.pod("a", "10.64.0.1") { $0.nodeName = nil }
    private static let lost = ClusterObject.pod("b", "10.64.0.2") { $0.nodeName = "gone" }

    @Test func aPodWithoutANodeIsAnEndpoint() {
        var cluster = ControlledCluster()
        cluster.put(.web(), Self.unscheduled, Self.lost)
        #expect(cluster.addresses(of: "web") == ["10.64.0.1", "10.64.0.2"])
        #expect(
            cluster.diagnostics.map(\.description) == [
                "Pod shop/a: has an address but no `spec.nodeName`: it is an endpoint all the same, which it is not to a "
                    + "cluster's controller; this is not said again of any Pod",
                "Pod shop/b: has an address, and a `spec.nodeName` of a Node that is not in the state: it is an endpoint "
                    + "all the same, which it is not to a cluster's controller; this is not said again of any Pod",
            ])
        cluster.put(.pod("c", "10.64.0.3") { $0.nodeName = nil })
        #expect(cluster.diagnostics.isEmpty)
    }

    @Test func theControllerLeavesItOutUntilItHasOne() {
        var cluster = ControlledCluster(.strict)
        cluster.put(.web(), Self.unscheduled, Self.lost)
        #expect(cluster.addresses(of: "web").isEmpty && cluster.diagnostics.count == 2)
        cluster.put(.node("gone"))
        #expect(cluster.addresses(of: "web") == ["10.64.0.2"])
    }

    @Test func aServiceThatPublishesAllWantsThemToo() {
        var cluster = ControlledCluster(.strict)
        cluster.put(.web { $0.publishesNotReadyAddresses = true }, Self.unscheduled, Self.lost)
        #expect(cluster.addresses(of: "web") == ["10.64.0.1", "10.64.0.2"] && cluster.diagnostics.isEmpty)
    }

    @Test func whyAServiceHasNoEndpointsIsSaidOnce() {
        var cluster = ControlledCluster()
        cluster.put(.web(), .node("a"))
        #expect(
            cluster.diagnostics.map(\.description) == [
                "Service shop/web: has no endpoints: its selector matches no Pod"
            ])
        cluster.put(.web { $0.metadata.labels["x"] = "y" })
        #expect(cluster.diagnostics.isEmpty)
        cluster.put(.pod("a", "10.64.0.1") { $0.podIPs = [] })
        #expect(
            cluster.diagnostics.map(\.description) == [
                "Service shop/web: has no endpoints: the Pod that it selects has no address"
            ])
        #expect(cluster.slices.map(\.endpoints) == [[]])
    }

    @Test func veryManyServicesWithoutEndpointsAreOneLine() {
        var cluster = ControlledCluster()
        let services = (100..<200).map { number in
            ObjectEdit.put(.web { $0.metadata.name.name = "web-\(number)" })
        }
        cluster.edit(services)
        #expect(
            cluster.diagnostics.map(\.description) == [
                "100 Services have no endpoints, such as shop/web-100 (its selector matches no Pod), shop/web-101 (its "
                    + "selector matches no Pod), shop/web-102 (its selector matches no Pod)"
            ])
        #expect(cluster.slices.count == 100)
    }

    @Test func aHeadlessServiceHasTheFamiliesOfItsPods() {
        var cluster = ControlledCluster()
        let dual = ClusterObject.pod("a", "10.64.0.1") { $0.podIPs.append("fd64::1".address) }
        cluster.put(.web { $0.clusterIPs = .headless }, dual, .node("a"))
        #expect(cluster.addresses(of: "web") == ["10.64.0.1", "fd64::1"])
        cluster = ControlledCluster(families: [.ipv6, .ipv4])
        cluster.put(.web { $0.clusterIPs = .headless }, dual, .node("a"))
        #expect(cluster.addresses(of: "web") == ["fd64::1"])
    }
}
