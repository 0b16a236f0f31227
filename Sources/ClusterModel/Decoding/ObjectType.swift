/// What an object says that it is, in `kind` and `apiVersion`.
package enum ObjectType {
    /// One that is read.
    case known(ObjectKind)
    /// Meant to be one that is read, but the API has nothing of that kind and version.
    case mistaken(ObjectKind, FieldProblem)
    /// Something else.
    case other

    /// Recognises a type.
    ///
    /// Other API groups have kinds of the same names, such as Knative's Service or Longhorn's Node. The groups without a
    /// dot and those below `k8s.io` are Kubernetes' own, which has each of these kinds in one group only.
    ///
    /// - Parameters:
    ///   - kind: The name of the kind.
    ///   - apiVersion: Nil if the object does not say, which is then taken at its kind's word.
    package init(kind: String, apiVersion: String?) {
        guard let meant = ObjectKind(rawValue: kind) ?? Self.kinds[kind.lowercased()] else {
            self = .other
            return
        }
        let group = apiVersion.map { $0.contains("/") ? String($0.prefix { $0 != "/" }) : "" } ?? meant.group
        let isKubernetes = !group.contains(".") || group == "k8s.io" || group.hasSuffix(".k8s.io")
        guard isKubernetes else {
            self = .other
            return
        }
        if meant.rawValue != kind {
            self = .mistaken(meant, .notSupported(kind, [meant.rawValue]).at(.key("kind")))
        } else if let apiVersion, !meant.apiVersions.contains(apiVersion) {
            self = .mistaken(meant, .notSupported(apiVersion, meant.apiVersions).at(.key("apiVersion")))
        } else {
            self = .known(meant)
        }
    }

    private static let kinds = Dictionary(
        uniqueKeysWithValues: ObjectKind.allCases.map { ($0.rawValue.lowercased(), $0) })
}

extension ObjectKind {
    /// The API group; empty for the core group.
    fileprivate var group: String {
        switch self {
        case .service, .endpoints, .node, .pod: ""
        case .endpointSlice: "discovery.k8s.io"
        case .serviceCIDR: "networking.k8s.io"
        }
    }

    /// The versions that have this kind, in the form in which it is read.
    fileprivate var apiVersions: [String] {
        switch self {
        case .service, .endpoints, .node, .pod: ["v1"]
        case .endpointSlice, .serviceCIDR: ["\(group)/v1", "\(group)/v1beta1"]
        }
    }

    /// Whether objects of this kind are in a namespace.
    var isNamespaced: Bool {
        switch self {
        case .service, .endpointSlice, .endpoints, .pod: true
        case .node, .serviceCIDR: false
        }
    }
}
