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

/// The kinds of Kubernetes objects that are read. The raw value is the `kind` field.
package enum ObjectKind: String, Hashable, Sendable, Comparable, CaseIterable {
    case service = "Service"
    case endpointSlice = "EndpointSlice"
    case endpoints = "Endpoints"
    case node = "Node"
    case pod = "Pod"
    case serviceCIDR = "ServiceCIDR"

    /// By the kind's name.
    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
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

/// The part of an object's metadata that matters here. The corresponding API type is `ObjectMeta`.
package struct ObjectMetadata: Hashable, Sendable {
    /// Namespace (`default` if the file says none, for a namespaced kind) and name.
    package var name: NamespacedName

    /// `metadata.labels`.
    package var labels: [String: String]

    /// `metadata.annotations`, without `kubectl.kubernetes.io/last-applied-configuration`, which repeats the object.
    package var annotations: [String: String]

    /// `metadata.creationTimestamp`, nil if absent.
    package var creationTimestamp: Timestamp?

    /// Metadata.
    package init(
        name: NamespacedName, labels: [String: String] = [:], annotations: [String: String] = [:],
        creationTimestamp: Timestamp? = nil
    ) {
        self.name = name
        self.labels = labels
        self.annotations = annotations
        self.creationTimestamp = creationTimestamp
    }
}

/// Something wrong with the input, that did not stop the rest.
package struct Diagnostic: Hashable, Sendable, CustomStringConvertible {
    /// How bad it is.
    package enum Severity: String, Hashable, Sendable {
        /// What was asked for is not in force.
        case error
        /// It is in force, but perhaps not as meant.
        case warning
    }

    /// How bad it is.
    package var severity: Severity

    /// The file it came from, `-` for standard input, nil if no file alone is to blame.
    package var file: String?

    /// The object, as far as it is known, e.g. `Service default/web`.
    package var object: String?

    /// The JSON path in the object, e.g. `spec.ports[0].port`; nil if no field alone is to blame.
    package var path: String?

    /// What is wrong, in words.
    package var message: String

    /// A diagnostic.
    package init(
        _ severity: Severity, file: String? = nil, object: String? = nil, path: String? = nil, _ message: String
    ) {
        self.severity = severity
        self.file = file
        self.object = object
        self.path = path
        self.message = message
    }

    /// `state/web.json: Service default/web: spec.ports[0].name: Duplicate value: "http"`, on one line whatever is in it.
    package var description: String {
        [file, object, path, message].compactMap { $0?.printable }.joined(separator: ": ")
    }
}
