/// The namespace and name of an object.
package struct NamespacedName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The namespace; empty for objects that are in none, such as a Node.
    package var namespace: String

    /// The name, unique for its kind in the namespace.
    package var name: String

    /// An object of this name in this namespace.
    package init(_ namespace: String, _ name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// `default/web`, or only the name where there is no namespace; one that no object can have is escaped and cut short.
    package var description: String {
        namespace.isEmpty ? Self.printed(name) : "\(Self.printed(namespace))/\(Self.printed(name))"
    }

    /// The API takes names of up to 253 bytes.
    private static func printed(_ name: String) -> String { name.shortened(to: 253).printable }

    /// By namespace, then by name.
    package static func < (lhs: Self, rhs: Self) -> Bool {
        lhs.namespace != rhs.namespace ? lhs.namespace < rhs.namespace : lhs.name < rhs.name
    }
}

extension NamespacedName {
    /// The Service by which Pods find the API server.
    package static let kubernetesService = NamespacedName("default", "kubernetes")
}

/// The kinds of Kubernetes objects that are read. The raw value is the `kind` field.
package enum ObjectKind: String, Hashable, Sendable, Comparable, CaseIterable {
    case service = "Service"
    case endpointSlice = "EndpointSlice"
    case endpoints = "Endpoints"
    case node = "Node"
    case pod = "Pod"
    case serviceCIDR = "ServiceCIDR"

    /// By the kind's name.
    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.ordinal < rhs.ordinal }

    // What Swift makes of an enumeration of texts compares and hashes texts, here for each of very many objects.

    package static func == (lhs: Self, rhs: Self) -> Bool { lhs.ordinal == rhs.ordinal }

    package static func != (lhs: Self, rhs: Self) -> Bool { lhs.ordinal != rhs.ordinal }

    package func hash(into hasher: inout Hasher) { hasher.combine(ordinal) }

    /// The place among all kinds when they are sorted by name.
    private var ordinal: UInt8 {
        switch self {
        case .endpointSlice: 0
        case .endpoints: 1
        case .node: 2
        case .pod: 3
        case .service: 4
        case .serviceCIDR: 5
        }
    }
}

/// The identity of an object of any kind.
package struct ObjectReference: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The kind.
    package var kind: ObjectKind

    /// The namespace and name.
    package var name: NamespacedName

    /// The object of this kind and name.
    package init(_ kind: ObjectKind, _ name: NamespacedName) {
        self.kind = kind
        self.name = name
    }

    /// `Service default/web`.
    package var description: String { "\(kind.rawValue) \(name)" }

    /// By kind, then by namespace and name.
    package static func < (lhs: Self, rhs: Self) -> Bool {
        lhs.kind != rhs.kind ? lhs.kind < rhs.kind : lhs.name < rhs.name
    }
}
