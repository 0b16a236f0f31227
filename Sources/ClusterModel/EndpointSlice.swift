package import NetworkValues

/// A part of a Service's endpoints. The corresponding API type is `discovery.k8s.io/v1.EndpointSlice`.
///
/// A legacy `Endpoints` object is read as such slices, one for each of its subsets and address families.
package struct EndpointSlice: Hashable, Sendable {
    /// An element of `ports`.
    package struct Port: Hashable, Sendable {
        /// Matched with the name of the Service port; empty for an unnamed one.
        package var name: String
        /// `protocol`, TCP if absent.
        package var transportProtocol: TransportProtocol
        /// The port at the endpoint, 1...65535; nil if none is given, so that no connection can go there.
        package var port: UInt16?
        /// `appProtocol`.
        package var appProtocol: String?

        package init(
            name: String = "", transportProtocol: TransportProtocol = .tcp, port: UInt16?, appProtocol: String? = nil
        ) {
            self.name = name
            self.transportProtocol = transportProtocol
            self.port = port
            self.appProtocol = appProtocol
        }
    }

    /// An element of `endpoints`.
    package struct Endpoint: Hashable, Sendable {
        /// `addresses[0]`; those who translate connections ignore the others (``Details/furtherAddresses``).
        package var address: IPAddress
        /// `conditions.ready`, nil if absent.
        package var ready: Bool?
        /// `conditions.serving`, nil if absent.
        package var serving: Bool?
        /// `conditions.terminating`, nil if absent.
        package var terminating: Bool?
        /// `nodeName`; an endpoint without one is on no node.
        package var nodeName: String?
        /// All else that is said of it, nil if nothing is. There may be very many endpoints, and what few of them have is here.
        @Boxed package var details: Details?

        package init(
            address: IPAddress, isReady ready: Bool? = nil, isServing serving: Bool? = nil,
            isTerminating terminating: Bool? = nil, nodeName: String? = nil, details: Details = Details()
        ) {
            self.address = address
            self.ready = ready
            self.serving = serving
            self.terminating = terminating
            self.nodeName = nodeName
            _details = Boxed(details.isEmpty ? nil : details)
        }

        /// Whether new connections may go there; true if nothing is said (KEP-1672).
        package var isReady: Bool { ready ?? true }
        /// Whether connections are answered; true if nothing is said.
        package var isServing: Bool { serving ?? true }
        /// Whether it is about to end; false if nothing is said.
        package var isTerminating: Bool { terminating ?? false }
        /// `hints.forZones[].name`.
        package var zoneHints: [String] { details?.zoneHints ?? [] }
        /// `hints.forNodes[].name` (KEP-3015).
        package var nodeHints: [String] { details?.nodeHints ?? [] }
    }

    /// What only some endpoints have.
    package struct Details: Hashable, Sendable {
        /// `hints.forZones[].name`.
        package var zoneHints: [String]
        /// `hints.forNodes[].name` (KEP-3015).
        package var nodeHints: [String]
        /// `hostname`: its label in DNS.
        package var hostname: String?
        /// `zone`: that of its Node.
        package var zone: String?
        /// `targetRef`: the object that it is, mostly a Pod.
        package var target: ObjectTarget?
        /// `addresses[1...]`.
        package var furtherAddresses: [IPAddress]

        package init(
            zoneHints: [String] = [], nodeHints: [String] = [], hostname: String? = nil, zone: String? = nil,
            target: ObjectTarget? = nil, furtherAddresses: [IPAddress] = []
        ) {
            self.zoneHints = zoneHints
            self.nodeHints = nodeHints
            self.hostname = hostname
            self.zone = zone
            self.target = target
            self.furtherAddresses = furtherAddresses
        }

        /// Whether nothing is said.
        package var isEmpty: Bool {
            zoneHints.isEmpty && nodeHints.isEmpty && hostname == nil && zone == nil && target == nil
                && furtherAddresses.isEmpty
        }
    }

    /// The label that names a slice's Service; a slice without it is none that a proxy uses.
    package static let serviceNameLabel = "kubernetes.io/service-name"

    /// What controllers ask the API server to make a slice's name of (`getEndpointSlicePrefix`), for what is named so.
    package static func generateName(of owner: String) -> String { "\(owner)-" }

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
    /// The object that a controller here made it for, which it goes with; nil for one that was given.
    @Boxed package var owner: ObjectTarget?

    package init(
        metadata: ObjectMetadata, service: NamespacedName, family: IPFamily, ports: [Port], endpoints: [Endpoint],
        owner: ObjectTarget? = nil
    ) {
        self.metadata = metadata
        self.service = service
        self.family = family
        self.ports = ports
        self.endpoints = endpoints
        _owner = Boxed(owner)
    }
}

/// An object that another one names, of any kind. The corresponding API type is `v1.ObjectReference`.
package struct ObjectTarget: Hashable, Sendable {
    /// `kind`, e.g. `Pod`.
    package var kind: String
    /// `namespace` and `name`.
    package var name: NamespacedName
    /// `uid`, nil if absent.
    package var uid: String?

    package init(kind: String, name: NamespacedName, uid: String? = nil) {
        self.kind = kind
        self.name = name
        self.uid = uid
    }
}
