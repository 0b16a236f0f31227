import ClusterModel
import ClusterState
import NetworkValues

@testable import ClusterControllers

/// A cluster with the controllers, and nothing else between what is written and what is known.
struct ControlledCluster {
    private var stage: ClusterControllers
    private(set) var snapshot = ClusterSnapshot()
    /// Of the last edits.
    private(set) var diagnostics: [Diagnostic] = []
    /// The slices that the last edits had the controllers write, or take away.
    private(set) var written: [ObjectEdit] = []

    init(_ mode: ClusterControllers.Mode = .on, families: [IPFamily]? = nil) {
        stage = ClusterControllers(mode, families: families)
    }

    var slices: [EndpointSlice] { snapshot.endpointSlices }

    /// The slices of one Service.
    func slices(of service: String) -> [EndpointSlice] { slices.filter { $0.service.name == service } }

    /// The addresses of the endpoints of one Service, sorted.
    func addresses(of service: String) -> [String] {
        slices(of: service).flatMap { $0.endpoints.map(\.address) }.sorted().map(\.description)
    }

    mutating func edit(_ edits: [ObjectEdit]) {
        var update = StateUpdate(edits: edits.sorted { $0.reference < $1.reference })
        stage.complete(&update)
        diagnostics = update.diagnostics
        let own = Set(edits)
        written = update.edits.filter { $0.reference.kind == .endpointSlice && !own.contains($0) }
        snapshot.apply(update.edits)
    }

    mutating func put(_ objects: ClusterObject...) { edit(objects.map { .put($0) }) }

    mutating func delete(_ kind: ObjectKind, _ name: String) {
        edit([.delete(ObjectReference(kind, NamespacedName(kind == .node ? "" : "shop", name)))])
    }
}

extension ObjectMetadata {
    init(_ name: String, _ labels: [String: String] = [:]) {
        self.init(name: NamespacedName("shop", name), labels: labels)
    }
}

extension ClusterObject {
    static func web(_ change: (inout Service) -> Void = { _ in }) -> ClusterObject {
        var service = Service(
            metadata: ObjectMetadata("web"), clusterIPs: ["10.96.0.1".address], ports: [Service.Port(port: 80)],
            selector: ["app": "web"])
        change(&service)
        return .service(service)
    }

    /// A ready Pod of the Service web, on the Node a.
    static func pod(_ name: String, _ address: String, _ change: (inout Pod) -> Void = { _ in }) -> ClusterObject {
        var pod = Pod(
            metadata: ObjectMetadata(name, ["app": "web"]), nodeName: "a", phase: .running,
            podIPs: [address.address], readiness: Pod.Readiness(isReady: true))
        change(&pod)
        return .pod(pod)
    }

    static func node(_ name: String, zone: String? = nil) -> ClusterObject {
        .node(
            Node(
                metadata: ObjectMetadata(
                    name: NamespacedName("", name), labels: zone.map { ["topology.kubernetes.io/zone": $0] } ?? [:]),
                isReady: true, allocatableMilliCPU: 4000))
    }

    /// A slice that somebody wrote.
    static func slice(_ name: String, _ address: String, of service: String = "web") -> ClusterObject {
        .endpointSlice(
            EndpointSlice(
                metadata: ObjectMetadata(name, [EndpointSlice.serviceNameLabel: service]),
                service: NamespacedName("shop", service), family: .ipv4, ports: [EndpointSlice.Port(port: 80)],
                endpoints: [EndpointSlice.Endpoint(address: address.address)]))
    }

    /// Endpoints of the Service web that somebody wrote.
    static func endpoints(_ address: String, labels: [String: String] = [:]) -> ClusterObject {
        .endpoints(
            NamespacedName("shop", "web"),
            [
                EndpointSlice(
                    metadata: ObjectMetadata("web-0-ipv4", labels), service: NamespacedName("shop", "web"),
                    family: .ipv4, ports: [EndpointSlice.Port(port: 80)],
                    endpoints: [EndpointSlice.Endpoint(address: address.address, isReady: true, isServing: true)])
            ])
    }
}

extension String {
    var address: IPAddress { IPAddress(self) ?? IPAddress(ipv4: 0) }
}
