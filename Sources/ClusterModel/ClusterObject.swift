/// One object of the cluster's state.
package indirect enum ClusterObject: Hashable, Sendable {
    case service(Service)
    case endpointSlice(EndpointSlice)
    /// A legacy `Endpoints` object, as the slices that the mirroring controller would make of it.
    case endpoints(NamespacedName, [EndpointSlice])
    case node(Node)
    case pod(Pod)
    case serviceCIDR(ServiceCIDR)

    /// What it is.
    package var kind: ObjectKind {
        switch self {
        case .service: .service
        case .endpointSlice: .endpointSlice
        case .endpoints: .endpoints
        case .node: .node
        case .pod: .pod
        case .serviceCIDR: .serviceCIDR
        }
    }

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
