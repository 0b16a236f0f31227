extension DecodedDocument {
    /// What is known of an object before it is read.
    private struct Context {
        var file: String
        /// What a typed list says of its items, which do not say it themselves.
        var itemKind: String?
        var itemVersion: String?
        /// Where in the document it is, e.g. `items[3]`; empty for the document itself.
        var place = ""
        /// Whether a watch event says that it is gone.
        var isDeleted = false
    }

    init(_ root: JSONValue, file: String) {
        let context = Context(file: file)
        if root["kind"] == nil, let type = root["type"]?.string, let object = root["object"] {
            isWatchEvent = true
            readEvent(type, object, context)
        } else {
            read(root, context)
        }
    }

    private mutating func readEvent(_ type: String, _ object: JSONValue, _ context: Context) {
        var context = context
        context.place = "object"
        switch type {
        case "ADDED", "MODIFIED": read(object, context)
        case "DELETED":
            context.isDeleted = true
            read(object, context)
        case "BOOKMARK":
            if object["metadata"]?["annotations"]?["k8s.io/initial-events-end"]?.string == "true" {
                completedList = object["kind"]?.string.flatMap { ObjectKind(rawValue: $0) }
            }
        case "ERROR":
            let code = object["code"]?.integer.map { " (code \($0))" } ?? ""
            let message = object["message"]?.string ?? "no reason given"
            diagnostics.append(
                Diagnostic(.error, file: context.file, "the watch was ended by the server: \(message)\(code)"))
        default:
            diagnostics.append(
                Diagnostic(
                    .error, file: context.file, path: "type",
                    "Unsupported value: \(quoted(type)): supported values: "
                        + #""ADDED", "BOOKMARK", "DELETED", "ERROR", "MODIFIED""#))
        }
    }

    /// Reads an object or a list of them.
    private mutating func read(_ value: JSONValue, _ context: Context) {
        guard value.kind == .object else {
            refuse(context, "expected an object, found \(value.text)")
            return
        }
        guard let kind = value["kind"]?.string ?? context.itemKind else {
            refuse(context, "is no Kubernetes object: it has no `kind`", .warning)
            return
        }
        let version = value["apiVersion"]?.string ?? context.itemVersion
        if kind == "List" || kind.hasSuffix("List") && value["items"] != nil {
            var itemContext = context
            itemContext.itemKind = kind == "List" ? nil : String(kind.dropLast(4))
            itemContext.itemVersion = kind == "List" ? nil : version
            readItems(value, itemContext)
        } else if let known = ObjectKind(rawValue: kind), known.isServed(in: version) {
            readObject(value, known, context)
        }
    }

    private mutating func readItems(_ list: JSONValue, _ context: Context) {
        guard let items = list["items"] else { return }
        guard items.kind == .array else {
            refuse(context, "`items`: expected an array, found \(items.text)")
            return
        }
        for (index, item) in items.elements.enumerated() {
            var context = context
            context.place += context.place.isEmpty ? "items[\(index)]" : ".items[\(index)]"
            read(item, context)
        }
    }

    private mutating func refuse(
        _ context: Context, _ message: String, _ severity: Diagnostic.Severity = .error
    ) {
        edits.append(.refused(nil))
        let place = context.place.isEmpty ? nil : context.place
        diagnostics.append(Diagnostic(severity, file: context.file, path: place, message))
    }

    private mutating func readObject(_ value: JSONValue, _ kind: ObjectKind, _ context: Context) {
        var reader = FieldReader()
        let metadata = reader.metadata(value, kind)
        let reference = metadata.map { ObjectReference(kind, $0.name) }
        if context.isDeleted, let reference {
            edits.append(.delete(reference))
            return
        }
        let object = metadata.flatMap { reader.clusterObject(value, kind, $0) }
        if reader.refuses {
            edits.append(.refused(reference))
        } else if let object {
            edits.append(.put(object))
        }
        let place = context.place.isEmpty ? "" : " at \(context.place)"
        let name = reference?.description ?? "\(kind.rawValue)\(place)"
        for problem in reader.problems {
            diagnostics.append(
                Diagnostic(.error, file: context.file, object: name, path: problem.path, problem.message))
        }
    }
}

extension ObjectKind {
    /// Whether an `apiVersion` has this kind: there are other kinds of the same name, such as Knative's Service. A file
    /// that does not say is taken at its kind's word.
    fileprivate func isServed(in version: String?) -> Bool {
        guard let version else { return true }
        return self == .endpointSlice
            ? version == "discovery.k8s.io/v1" || version == "discovery.k8s.io/v1beta1" : version == "v1"
    }

    fileprivate var isNamespaced: Bool { self != .node }
}

extension FieldReader {
    /// The object; nil if it is one that is passed over, or if so much is wrong that there is none.
    fileprivate mutating func clusterObject(
        _ value: JSONValue, _ kind: ObjectKind, _ metadata: ObjectMetadata
    ) -> ClusterObject? {
        switch kind {
        case .service: .service(service(value, metadata))
        case .endpointSlice: endpointSlice(value, metadata).map { .endpointSlice($0) }
        case .endpoints: .endpoints(metadata.name, endpoints(value, metadata))
        case .node: .node(node(value, metadata))
        case .pod: .pod(Pod(metadata: metadata))
        }
    }

    /// The metadata; nil if the object has no name.
    fileprivate mutating func metadata(_ value: JSONValue, _ kind: ObjectKind) -> ObjectMetadata? {
        let metadata = object(value, "metadata") { reader, metadata -> ObjectMetadata? in
            let namespace = reader.string(metadata, "namespace") ?? "default"
            let labels = reader.stringMap(metadata, "labels")
            var annotations = reader.stringMap(metadata, "annotations")
            // The whole object once more, as text, which nothing here reads.
            annotations["kubectl.kubernetes.io/last-applied-configuration"] = nil
            guard let name = reader.string(metadata, "name") else {
                reader.refuse("name", "Required value: name or generateName is required")
                return nil
            }
            if let problem = (kind == .service ? NameRule.label : .subdomain).problem(name) {
                reader.refuse("name", "Invalid value: \(quoted(name)): \(problem)")
            }
            if kind.isNamespaced, let problem = NameRule.label.problem(namespace) {
                reader.refuse("namespace", "Invalid value: \(quoted(namespace)): \(problem)")
            }
            return ObjectMetadata(
                name: NamespacedName(kind.isNamespaced ? namespace : "", name), labels: labels,
                annotations: annotations, creationTimestamp: reader.timestamp(metadata, "creationTimestamp"))
        }
        if value["metadata"] == nil { refuse("metadata.name", "Required value: name or generateName is required") }
        return metadata.flatMap { $0 }
    }
}
