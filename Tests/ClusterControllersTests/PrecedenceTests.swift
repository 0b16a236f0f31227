import ClusterModel
import Testing

@testable import ClusterControllers

/// Goal: what somebody wrote for a Service goes before what is made of its Pods, and that comes back when it is gone; nothing
/// stays of what a Service was.
@Suite struct PrecedenceTests {
    private var cluster = ControlledCluster()

    init() {
        cluster.put(.web(), .pod("a", "10.64.0.1"), .pod("b", "10.64.0.2"), .node("a", zone: "east"))
    }

    @Test func podsAreEndpoints() throws {
        let slice = try #require(cluster.slices.first)
        #expect(cluster.addresses(of: "web") == ["10.64.0.1", "10.64.0.2"])
        #expect(slice.metadata.name.name.wholeMatch(of: #/web-[a-z2-9]{5}/#) != nil)
        #expect(slice.endpoints.first?.details?.zone == "east")
        #expect(cluster.diagnostics.isEmpty)
    }

    @Test mutating func aWrittenSliceGoesBeforePods() {
        cluster.put(.slice("mine", "192.0.2.1"))
        #expect(cluster.addresses(of: "web") == ["192.0.2.1"])
        cluster.put(.pod("c", "10.64.0.3"))
        #expect(cluster.addresses(of: "web") == ["192.0.2.1"])
        cluster.put(.slice("mine", "192.0.2.1", of: "other"))
        #expect(cluster.addresses(of: "web") == ["10.64.0.1", "10.64.0.2", "10.64.0.3"])
        cluster.put(.slice("mine", "192.0.2.1"))
        cluster.delete(.endpointSlice, "mine")
        #expect(cluster.addresses(of: "web") == ["10.64.0.1", "10.64.0.2", "10.64.0.3"])
    }

    @Test mutating func aWrittenSliceMayHaveTheNameOfOurs() throws {
        let name = try #require(cluster.slices.first).metadata.name.name
        cluster.put(.slice(name, "192.0.2.1", of: "other"))
        #expect(cluster.addresses(of: "other") == ["192.0.2.1"])
        #expect(cluster.addresses(of: "web") == ["10.64.0.1", "10.64.0.2"])
        #expect(cluster.slices.count == 2)
    }

    @Test mutating func writtenEndpointsGoBeforePods() throws {
        cluster.put(.endpoints("192.0.2.1"))
        let slice = try #require(cluster.slices.first)
        #expect(cluster.addresses(of: "web") == ["192.0.2.1"])
        #expect(slice.metadata.labels[EndpointSlice.managedByLabel] == EndpointSlice.mirroringControllerName)
        cluster.put(.slice("mine", "192.0.2.9"))
        #expect(cluster.addresses(of: "web") == ["192.0.2.9"])
        cluster.delete(.endpointSlice, "mine")
        cluster.delete(.endpoints, "web")
        #expect(cluster.addresses(of: "web") == ["10.64.0.1", "10.64.0.2"])
    }

    @Test func theControllerDoesNotMirrorForAServiceWithASelector() {
        var strict = ControlledCluster(.strict)
        strict.put(.web(), .pod("a", "10.64.0.1"), .node("a"), .endpoints("192.0.2.1"))
        #expect(strict.addresses(of: "web") == ["10.64.0.1"])
        strict.put(.web { $0.selector = [:] })
        #expect(strict.addresses(of: "web") == ["192.0.2.1"])
        #expect(strict.snapshot.slices(of: NamespacedName("shop", "web")).count == 1)
    }

    @Test mutating func endpointsThatAreNotToBeMirroredServeAsTheyAre() {
        cluster.put(.web { $0.selector = [:] }, .endpoints("192.0.2.1", labels: [Self.skipLabel: "true"]))
        #expect(cluster.slices.isEmpty)
        #expect(cluster.snapshot.slices(of: NamespacedName("shop", "web")).count == 1)
    }

    private static let skipLabel = "endpointslice.kubernetes.io/skip-mirror"

    @Test(arguments: [
        ClusterObject.web { $0.type = .externalName }, .web { $0.selector = [:] },
    ])
    mutating func nothingStaysOfAServiceThatSelectsNoMore(_ service: ClusterObject) {
        cluster.put(service)
        #expect(cluster.slices.isEmpty)
        cluster.put(.web())
        #expect(cluster.addresses(of: "web") == ["10.64.0.1", "10.64.0.2"])
    }

    @Test mutating func slicesGoWithTheService() {
        cluster.delete(.service, "web")
        #expect(cluster.slices.isEmpty)
    }

    @Test mutating func anotherServiceOfTheSameNameHasItsOwnSlices() throws {
        cluster.put(.web { $0.metadata.uid = "1" })
        let first = try #require(cluster.slices.first)
        cluster.put(.web { $0.metadata.uid = "2" })
        #expect(cluster.slices.map(\.owner?.uid) == ["2"])
        #expect(cluster.slices.first?.metadata.name != first.metadata.name)
    }

    @Test mutating func theSameAgainWritesNothing() {
        cluster.put(.web(), .pod("a", "10.64.0.1"), .node("a", zone: "east"))
        #expect(cluster.written.isEmpty)
        cluster.put(.pod("a", "10.64.0.1") { $0.metadata.annotations["x"] = "y" })
        #expect(cluster.written.isEmpty)
    }

    @Test mutating func aNodeThatMovesTakesItsPodsAlong() {
        cluster.put(.node("a", zone: "west"))
        #expect(cluster.slices.first?.endpoints.map(\.details?.zone) == ["west", "west"])
    }
}
