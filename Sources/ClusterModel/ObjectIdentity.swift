/// The namespace and name of an object.
public struct NamespacedName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The namespace; empty for objects that are in none, such as a Node.
    public var namespace: String

    /// The name, unique for its kind in the namespace.
    public var name: String

    /// An object of this name in this namespace.
    public init(_ namespace: String, _ name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// `default/web`, or only the name where there is no namespace; one that no object can have is escaped and cut short.
    public var description: String {
        namespace.isEmpty ? Self.printed(name) : "\(Self.printed(namespace))/\(Self.printed(name))"
    }

    /// The API takes names of up to 253 bytes.
    private static func printed(_ name: String) -> String { name.shortened(to: 253).printable }

    /// By namespace, then by name.
    public static func < (lhs: Self, rhs: Self) -> Bool {
        lhs.namespace != rhs.namespace ? lhs.namespace < rhs.namespace : lhs.name < rhs.name
    }
}

/// The kinds of Kubernetes objects that are read. The raw value is the `kind` field.
public enum ObjectKind: String, Hashable, Sendable, Comparable, CaseIterable {
    case service = "Service"
    case endpointSlice = "EndpointSlice"
    case endpoints = "Endpoints"
    case node = "Node"
    case pod = "Pod"
    case serviceCIDR = "ServiceCIDR"

    /// By the kind's name.
    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
}

/// The identity of an object of any kind.
public struct ObjectReference: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The kind.
    public var kind: ObjectKind

    /// The namespace and name.
    public var name: NamespacedName

    /// The object of this kind and name.
    public init(_ kind: ObjectKind, _ name: NamespacedName) {
        self.kind = kind
        self.name = name
    }

    /// `Service default/web`.
    public var description: String { "\(kind.rawValue) \(name)" }

    /// By kind, then by namespace and name.
    public static func < (lhs: Self, rhs: Self) -> Bool {
        lhs.kind != rhs.kind ? lhs.kind < rhs.kind : lhs.name < rhs.name
    }
}

/// The part of an object's metadata that matters here. The corresponding API type is `ObjectMeta`.
public struct ObjectMetadata: Hashable, Sendable {
    /// Namespace (`default` if the file says none, for a namespaced kind) and name.
    public var name: NamespacedName

    /// `metadata.labels`.
    public var labels: [String: String]

    /// `metadata.annotations`, without `kubectl.kubernetes.io/last-applied-configuration`, which repeats the object.
    public var annotations: [String: String]

    /// `metadata.creationTimestamp`, nil if absent.
    public var creationTimestamp: Timestamp?

    /// Metadata.
    public init(
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
public struct Diagnostic: Hashable, Sendable, CustomStringConvertible {
    /// How bad it is.
    public enum Severity: String, Hashable, Sendable {
        /// What was asked for is not in force.
        case error
        /// It is in force, but perhaps not as meant.
        case warning
    }

    /// How bad it is.
    public var severity: Severity

    /// The file it came from, `-` for standard input, nil if no file alone is to blame.
    public var file: String?

    /// The object, as far as it is known, e.g. `Service default/web`.
    public var object: String?

    /// The JSON path in the object, e.g. `spec.ports[0].port`; nil if no field alone is to blame.
    public var path: String?

    /// What is wrong, in words.
    public var message: String

    /// A diagnostic.
    public init(
        _ severity: Severity, file: String? = nil, object: String? = nil, path: String? = nil, _ message: String
    ) {
        self.severity = severity
        self.file = file
        self.object = object
        self.path = path
        self.message = message
    }

    /// `state/web.json: Service default/web: spec.ports[0].name: Duplicate value: "http"`, on one line whatever is in it.
    public var description: String {
        [file, object, path, message].compactMap { $0?.printable }.joined(separator: ": ")
    }
}
