/// The whole state of the cluster, as far as it is known: one value, from which everything else is derived.
package struct ClusterSnapshot: Sendable {
    /// All Services, proxied or not.
    package private(set) var services: [NamespacedName: Service] = [:]
    /// All Nodes, by name.
    package private(set) var nodes: [String: Node] = [:]
    /// All Pods.
    package private(set) var pods: [NamespacedName: Pod] = [:]
    /// All ServiceCIDRs, by name.
    package private(set) var serviceCIDRs: [String: ServiceCIDR] = [:]
    private(set) var slices = SliceIndex()
    private(set) var legacyEndpoints: [NamespacedName: [EndpointSlice]] = [:]

    /// An empty cluster.
    package init() {}

    /// The slices of a Service, sorted by name; those made of its legacy `Endpoints` if it has no slice.
    package func slices(of service: NamespacedName) -> [EndpointSlice] {
        slices[service] ?? legacyEndpoints[service] ?? []
    }

    /// Applies the edits in order.
    ///
    /// - Returns: what is different from before; an edit that changes nothing does not count.
    @discardableResult
    package mutating func apply(_ edits: [ObjectEdit]) -> SnapshotChange {
        var change = SnapshotChange()
        for edit in edits {
            switch edit {
            case .put(let object): put(object, &change)
            case .delete(let reference): delete(reference, &change)
            }
        }
        return change
    }

    private mutating func put(_ object: ClusterObject, _ change: inout SnapshotChange) {
        switch object {
        case .service(let service):
            if services.updateValue(service, forKey: service.metadata.name) != service {
                change.services.insert(service.metadata.name)
            }
        case .endpointSlice(let slice): change.services.formUnion(slices.put(slice))
        case .endpoints(let name, let slices):
            if legacyEndpoints.updateValue(slices, forKey: name) != slices { change.services.insert(name) }
        case .node(let node):
            let name = node.metadata.name.name
            if nodes.updateValue(node, forKey: name) != node { change.nodes.insert(name) }
        case .pod(let pod):
            if pods.updateValue(pod, forKey: pod.metadata.name) != pod { change.pods.insert(pod.metadata.name) }
        case .serviceCIDR(let value):
            if serviceCIDRs.updateValue(value, forKey: value.metadata.name.name) != value {
                change.hasServiceCIDRs = true
            }
        }
    }

    private mutating func delete(_ reference: ObjectReference, _ change: inout SnapshotChange) {
        let name = reference.name
        switch reference.kind {
        case .service: if services.removeValue(forKey: name) != nil { change.services.insert(name) }
        case .endpointSlice: if let service = slices.remove(name) { change.services.insert(service) }
        case .endpoints: if legacyEndpoints.removeValue(forKey: name) != nil { change.services.insert(name) }
        case .node: if nodes.removeValue(forKey: name.name) != nil { change.nodes.insert(name.name) }
        case .pod: if pods.removeValue(forKey: name) != nil { change.pods.insert(name) }
        case .serviceCIDR: if serviceCIDRs.removeValue(forKey: name.name) != nil { change.hasServiceCIDRs = true }
        }
    }
}
