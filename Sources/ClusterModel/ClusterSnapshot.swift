/// The whole state of the cluster, as far as it is known: one value, from which everything else is derived.
package struct ClusterSnapshot: Sendable {
    /// All Services, proxied or not.
    package private(set) var services: [NamespacedName: Service] = [:]
    /// All Nodes, by name.
    package private(set) var nodes: [String: Node] = [:]
    /// All Pods.
    package private(set) var pods = PodTable()
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

    /// All EndpointSlices, sorted by name.
    package var endpointSlices: [EndpointSlice] { slices.all.sorted { $0.metadata.name < $1.metadata.name } }

    /// Applies the edits in order.
    ///
    /// - Returns: what is different from before; an edit that changes nothing does not count.
    @discardableResult
    package mutating func apply(_ edits: [ObjectEdit]) -> SnapshotChange {
        var change = SnapshotChange()
        if services.isEmpty { reserveCapacity(for: edits, &change) }
        for edit in edits {
            switch edit {
            case .put(let object): put(object, &change)
            case .delete(let reference): delete(reference, &change)
            }
        }
        return change
    }

    /// To make a dictionary of many large values larger and larger would cost as much as to fill it.
    private mutating func reserveCapacity(for edits: [ObjectEdit], _ change: inout SnapshotChange) {
        var counts: [ObjectKind: Int] = [:]
        for case .put(let object) in edits { counts[object.kind, default: 0] += 1 }
        services.reserveCapacity(counts[.service] ?? 0)
        pods.reserveCapacity(counts[.pod] ?? 0)
        change.pods.reserveCapacity(counts[.pod] ?? 0)
        slices.reserveCapacity(services: counts[.service] ?? 0, slices: counts[.endpointSlice] ?? 0)
        change.services.reserveCapacity(counts[.service] ?? 0)
    }

    private mutating func put(_ object: ClusterObject, _ change: inout SnapshotChange) {
        switch object {
        case .service(let service):
            if services.updateValue(service, forKey: service.metadata.name) != service {
                change.services.insert(service.metadata.name)
            }
        case .endpointSlice(let slice): for service in slices.put(slice) { change.services.insert(service) }
        case .endpoints(let name, let slices):
            if legacyEndpoints.updateValue(slices, forKey: name) != slices { change.services.insert(name) }
        case .node(let node):
            let name = node.metadata.name.name
            if nodes.updateValue(node, forKey: name) != node { change.nodes.insert(name) }
        case .pod:
            if pods.put(object) { change.pods.append(object.reference.name) }
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
        case .pod: if pods.remove(name) { change.pods.append(name) }
        case .serviceCIDR: if serviceCIDRs.removeValue(forKey: name.name) != nil { change.hasServiceCIDRs = true }
        }
    }
}
