package import NetworkValues

/// A part of a Service's endpoints. The corresponding API type is `discovery.k8s.io/v1.EndpointSlice`.
///
/// A legacy `Endpoints` object is read as such slices, one for each of its subsets and address families.
package struct EndpointSlice: Hashable, Sendable {
    /// An element of `ports` that has a number; one without a number matches no Service port and is not kept.
    package struct Port: Hashable, Sendable {
        /// Matched with the name of the Service port; empty for an unnamed one.
        package var name: String
        /// `protocol`, TCP if absent.
        package var transportProtocol: TransportProtocol
        /// The port at the endpoint, 1...65535.
        package var port: UInt16

        /// A port of a slice.
        package init(name: String = "", transportProtocol: TransportProtocol = .tcp, port: UInt16) {
            self.name = name
            self.transportProtocol = transportProtocol
            self.port = port
        }
    }

    /// An element of `endpoints`.
    package struct Endpoint: Hashable, Sendable {
        /// `addresses[0]`; consumers ignore the others.
        package var address: IPAddress
        /// `conditions.ready`, true if absent (KEP-1672).
        package var isReady: Bool
        /// `conditions.serving`, true if absent.
        package var isServing: Bool
        /// `conditions.terminating`, false if absent.
        package var isTerminating: Bool
        /// `nodeName`; an endpoint without one is on no node.
        package var nodeName: String?
        /// `hints.forZones[].name`.
        package var zoneHints: [String]
        /// `hints.forNodes[].name` (KEP-3015).
        package var nodeHints: [String]

        /// An endpoint.
        package init(
            address: IPAddress, isReady: Bool = true, isServing: Bool = true, isTerminating: Bool = false,
            nodeName: String? = nil, zoneHints: [String] = [], nodeHints: [String] = []
        ) {
            self.address = address
            self.isReady = isReady
            self.isServing = isServing
            self.isTerminating = isTerminating
            self.nodeName = nodeName
            self.zoneHints = zoneHints
            self.nodeHints = nodeHints
        }
    }

    /// The label that names a slice's Service; a slice without it is none that a proxy uses.
    package static let serviceNameLabel = "kubernetes.io/service-name"

    /// `metadata`.
    package var metadata: ObjectMetadata
    /// The label `kubernetes.io/service-name` with the slice's namespace.
    package var service: NamespacedName
    /// `addressType`.
    package var family: IPFamily
    /// `ports`; every endpoint has all of them.
    package var ports: [Port]
    /// `endpoints`, in the order given.
    package var endpoints: [Endpoint]

    /// A slice.
    package init(
        metadata: ObjectMetadata, service: NamespacedName, family: IPFamily, ports: [Port], endpoints: [Endpoint]
    ) {
        self.metadata = metadata
        self.service = service
        self.family = family
        self.ports = ports
        self.endpoints = endpoints
    }
}
