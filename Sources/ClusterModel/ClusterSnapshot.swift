/// One object of the cluster's state.
package indirect enum ClusterObject: Hashable, Sendable {
    case service(Service)
    case endpointSlice(EndpointSlice)
    /// A legacy `Endpoints` object, as the slices that the mirroring controller would make of it.
    case endpoints(NamespacedName, [EndpointSlice])
    case node(Node)
    case pod(Pod)
    case serviceCIDR(ServiceCIDR)

    /// The identity of the object.
    package var reference: ObjectReference {
        switch self {
        case .service(let value): ObjectReference(.service, value.metadata.name)
        case .endpointSlice(let value): ObjectReference(.endpointSlice, value.metadata.name)
        case .endpoints(let name, _): ObjectReference(.endpoints, name)
        case .node(let value): ObjectReference(.node, value.metadata.name)
        case .pod(let value): ObjectReference(.pod, value.metadata.name)
        case .serviceCIDR(let value): ObjectReference(.serviceCIDR, value.metadata.name)
        }
    }
}

/// A change of one object of the cluster's state.
package enum ObjectEdit: Hashable, Sendable {
    /// The object is now this.
    case put(ClusterObject)
    /// The object is gone.
    case delete(ObjectReference)

    /// The identity of the object.
    package var reference: ObjectReference {
        switch self {
        case .put(let object): object.reference
        case .delete(let reference): reference
        }
    }
}

/// Which parts of a snapshot a row of edits has changed.
package struct SnapshotChange: Hashable, Sendable {
    /// Services that changed themselves or whose endpoints did.
    package var services: Set<NamespacedName> = []
    /// Names of changed Nodes.
    package var nodes: Set<String> = []
    /// Whether any ServiceCIDR changed.
    package var hasServiceCIDRs = false

    /// No change.
    package init() {}

    /// Whether nothing changed.
    package var isEmpty: Bool { services.isEmpty && nodes.isEmpty && !hasServiceCIDRs }

    /// Adds the changes of another.
    package mutating func formUnion(_ other: SnapshotChange) {
        services.formUnion(other.services)
        nodes.formUnion(other.nodes)
        hasServiceCIDRs = hasServiceCIDRs || other.hasServiceCIDRs
    }
}

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
    private var slices: [NamespacedName: EndpointSlice] = [:]
    private var legacyEndpoints: [NamespacedName: [EndpointSlice]] = [:]
    private var sliceNames: [NamespacedName: Set<NamespacedName>] = [:]

    /// An empty cluster.
    package init() {}

    /// The slices of a Service, sorted by name; those made of its legacy `Endpoints` if it has no slice.
    package func slices(of service: NamespacedName) -> [EndpointSlice] {
        guard let names = sliceNames[service], !names.isEmpty else { return legacyEndpoints[service] ?? [] }
        return names.sorted().compactMap { slices[$0] }
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
        case .endpointSlice(let slice): put(slice, &change)
        case .endpoints(let name, let slices):
            if legacyEndpoints.updateValue(slices, forKey: name) != slices { change.services.insert(name) }
        case .node(let node):
            let name = node.metadata.name.name
            if nodes.updateValue(node, forKey: name) != node { change.nodes.insert(name) }
        case .pod(let pod): pods[pod.metadata.name] = pod
        case .serviceCIDR(let value):
            if serviceCIDRs.updateValue(value, forKey: value.metadata.name.name) != value {
                change.hasServiceCIDRs = true
            }
        }
    }

    private mutating func put(_ slice: EndpointSlice, _ change: inout SnapshotChange) {
        let name = slice.metadata.name
        let old = slices.updateValue(slice, forKey: name)
        guard old != slice else { return }
        if let old, old.service != slice.service { unlink(name, from: old.service, &change) }
        sliceNames[slice.service, default: []].insert(name)
        change.services.insert(slice.service)
    }

    private mutating func unlink(
        _ slice: NamespacedName, from service: NamespacedName, _ change: inout SnapshotChange
    ) {
        sliceNames[service]?.remove(slice)
        if sliceNames[service]?.isEmpty == true { sliceNames[service] = nil }
        change.services.insert(service)
    }

    private mutating func delete(_ reference: ObjectReference, _ change: inout SnapshotChange) {
        let name = reference.name
        switch reference.kind {
        case .service: if services.removeValue(forKey: name) != nil { change.services.insert(name) }
        case .endpointSlice:
            if let old = slices.removeValue(forKey: name) { unlink(name, from: old.service, &change) }
        case .endpoints: if legacyEndpoints.removeValue(forKey: name) != nil { change.services.insert(name) }
        case .node: if nodes.removeValue(forKey: name.name) != nil { change.nodes.insert(name.name) }
        case .pod: pods[name] = nil
        case .serviceCIDR: if serviceCIDRs.removeValue(forKey: name.name) != nil { change.hasServiceCIDRs = true }
        }
    }
}
