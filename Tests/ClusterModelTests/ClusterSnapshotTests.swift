import ClusterModel
import NetworkValues
import Testing

@Suite struct ClusterSnapshotTests {
    private let web = NamespacedName("default", "web")
    private let api = NamespacedName("default", "api")

    private func service(_ name: NamespacedName, port: UInt16 = 80) -> ClusterObject {
        .service(Service(metadata: ObjectMetadata(name: name), ports: [.init(port: port)]))
    }

    private func slice(_ name: String, of service: NamespacedName, port: UInt16 = 80) -> EndpointSlice {
        EndpointSlice(
            metadata: ObjectMetadata(name: NamespacedName("default", name)), service: service, family: .ipv4,
            ports: [.init(port: port)], endpoints: [])
    }

    @Test func tellsWhatChanged() {
        var snapshot = ClusterSnapshot()
        #expect(snapshot.apply([.put(service(web)), .put(service(api))]).services == [web, api])
        #expect(snapshot.apply([.put(service(web))]).isEmpty, "the same once more")
        #expect(snapshot.apply([.put(service(web, port: 81))]).services == [web])
        #expect(snapshot.apply([.delete(ObjectReference(.service, api))]).services == [api])
        #expect(snapshot.apply([.delete(ObjectReference(.service, api))]).isEmpty, "gone already")
        #expect(Set(snapshot.services.keys) == [web])
    }

    @Test func tellsWhichServicesASliceConcerns() {
        var snapshot = ClusterSnapshot()
        let name = NamespacedName("default", "s1")
        #expect(snapshot.apply([.put(.endpointSlice(slice("s1", of: web)))]).services == [web])
        #expect(snapshot.apply([.put(.endpointSlice(slice("s1", of: web)))]).isEmpty)
        #expect(snapshot.apply([.put(.endpointSlice(slice("s1", of: api)))]).services == [web, api])
        #expect(snapshot.slices(of: web).isEmpty)
        #expect(snapshot.slices(of: api).map(\.metadata.name) == [name])
        #expect(snapshot.apply([.delete(ObjectReference(.endpointSlice, name))]).services == [api])
        #expect(snapshot.slices(of: api).isEmpty)
    }

    @Test func sortsSlices() {
        var snapshot = ClusterSnapshot()
        snapshot.apply(["s3", "s1", "s2"].map { .put(.endpointSlice(slice($0, of: web))) })
        #expect(snapshot.slices(of: web).map(\.metadata.name.name) == ["s1", "s2", "s3"])
    }

    @Test func takesLegacyEndpointsOnlyWithoutSlices() {
        var snapshot = ClusterSnapshot()
        let legacy = slice("web-0-ipv4", of: web)
        let own = slice("s1", of: web)
        #expect(snapshot.apply([.put(.endpoints(web, [legacy]))]).services == [web])
        #expect(snapshot.slices(of: web) == [legacy])
        snapshot.apply([.put(.endpointSlice(own))])
        #expect(snapshot.slices(of: web) == [own])
        snapshot.apply([.delete(ObjectReference(.endpointSlice, own.metadata.name))])
        #expect(snapshot.slices(of: web) == [legacy])
        #expect(snapshot.apply([.delete(ObjectReference(.endpoints, web))]).services == [web])
        #expect(snapshot.slices(of: web).isEmpty)
    }

    @Test func tellsNodesApartFromServices() {
        var snapshot = ClusterSnapshot()
        let node = Node(metadata: ObjectMetadata(name: NamespacedName("", "n1")))
        let change = snapshot.apply([.put(.node(node))])
        #expect(change.nodes == ["n1"] && change.services.isEmpty)
        #expect(snapshot.apply([.put(.node(node))]).isEmpty)
        #expect(snapshot.apply([.delete(ObjectReference(.node, node.metadata.name))]).nodes == ["n1"])
        #expect(snapshot.nodes.isEmpty)
    }

    @Test func tellsWhenAServiceCIDRChanges() throws {
        var snapshot = ClusterSnapshot()
        let block = { (text: String) in
            ObjectEdit.put(
                .serviceCIDR(
                    ServiceCIDR(metadata: ObjectMetadata(name: NamespacedName("", "a")), cidrs: [try prefix(text)])))
        }
        let change = snapshot.apply([try block("10.96.0.0/16")])
        #expect(change.hasServiceCIDRs && !change.isEmpty && change.services.isEmpty)
        #expect(snapshot.apply([try block("10.96.0.0/16")]).isEmpty)
        #expect(snapshot.apply([try block("10.97.0.0/16")]).hasServiceCIDRs)
        #expect(snapshot.serviceCIDRs.values.flatMap(\.cidrs) == [try prefix("10.97.0.0/16")])
        let reference = ObjectReference(.serviceCIDR, NamespacedName("", "a"))
        #expect(snapshot.apply([.delete(reference)]).hasServiceCIDRs)
        #expect(snapshot.apply([.delete(reference)]).isEmpty)
    }

    @Test func tellsWhichPodsChanged() {
        var snapshot = ClusterSnapshot()
        var pod = Pod(metadata: ObjectMetadata(name: web), phase: .running)
        let first = snapshot.apply([.put(.pod(pod))])
        #expect(first.pods == [web] && first.services.isEmpty && !first.isEmpty)
        #expect(snapshot.apply([.put(.pod(pod))]).isEmpty, "the same once more")
        pod.readiness = Pod.Readiness(isReady: false)
        #expect(snapshot.apply([.put(.pod(pod))]).pods == [web])
        #expect(snapshot.pods[web] == pod)
        #expect(snapshot.apply([.delete(ObjectReference(.pod, web))]).pods == [web])
        #expect(snapshot.apply([.delete(ObjectReference(.pod, web))]).isEmpty && snapshot.pods.isEmpty)
    }
}
