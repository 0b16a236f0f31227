import Threads

/// Reads one document.
struct DocumentReader {
    /// What is known of an object before it is read.
    private struct Context {
        /// What a typed list says of its items, which do not say it themselves.
        var itemKind: String?
        var itemVersion: String?
        /// Where in the document it is, or the list in which it is; empty for the document itself.
        var parent = ""
        /// Where in the list it is.
        var index: Int?
        /// Whether a watch event says that it is gone.
        var isDeleted = false

        /// Where in the document it is, e.g. `items[3]`; empty for the document itself.
        var path: String { index.map { "\(parent)[\($0)]" } ?? parent }
    }

    /// What is wrong, and the node that it is about.
    private struct Finding {
        var diagnostic: Diagnostic
        var node: Int
    }

    private let file: String
    private let check: ObjectCheck?
    private var texts = StringTable()
    private var document = DecodedDocument()
    private var diagnostics = Bounded<Finding>(limit: 20)
    /// Whether the limit leaves out errors.
    private var omitsErrors = false
    private var types: [(kind: String, version: String?, type: ObjectType)] = []

    init(file: String, check: ObjectCheck?) {
        self.file = file
        self.check = check
    }

    /// What the document says.
    func result(in tree: DocumentValue.Tree) -> DecodedDocument {
        var result = document
        let places = tree.places(ofNodes: diagnostics.elements.lazy.map(\.node))
        result.diagnostics = diagnostics.elements.map { finding in
            var diagnostic = finding.diagnostic
            diagnostic.position = places[finding.node]
            return diagnostic
        }
        if let omission = diagnostics.omission {
            result.diagnostics.append(Diagnostic(omitsErrors ? .error : .warning, file: file, omission))
        }
        return result
    }

    mutating func readDocument(_ root: DocumentValue) {
        if root["kind"] == nil, let type = root["type"]?.string, let object = root["object"] {
            document.isWatchEvent = true
            readEvent(type, object)
        } else {
            read(root, Context())
        }
    }

    private mutating func report(
        _ content: Diagnostic.Content, about value: DocumentValue, _ severity: Diagnostic.Severity = .error,
        object: String? = nil
    ) {
        let diagnostic = Diagnostic(severity, file: file, object: object, content)
        report(Finding(diagnostic: diagnostic, node: value.index))
    }

    private mutating func report(_ finding: Finding) {
        if !diagnostics.append(finding), finding.diagnostic.severity == .error { omitsErrors = true }
    }

    private mutating func readEvent(_ type: String, _ object: DocumentValue) {
        var context = Context()
        context.parent = "object"
        switch type {
        case "ADDED", "MODIFIED": read(object, context)
        case "DELETED":
            context.isDeleted = true
            read(object, context)
        case "BOOKMARK":
            if object["metadata"]?["annotations"]?["k8s.io/initial-events-end"]?.string == "true" {
                document.listing = object["kind"]?.string.flatMap { ObjectKind(rawValue: $0) }.map { .end($0) }
            }
        case "ERROR":
            document.listing = .watchEnded
            let code = object["code"]?.integer.map { " (code \($0))" } ?? ""
            let message = object["message"]?.string?.shortened() ?? "no reason given"
            report(.words("the watch was ended by the server: \(message)\(code)"), about: object)
        default:
            let types = ["ADDED", "BOOKMARK", "DELETED", "ERROR", "MODIFIED"]
            report(.field(.notSupported(type, types).at(.key("type"))), about: object)
        }
    }

    /// Reads an object or a list of them.
    private mutating func read(_ value: DocumentValue, _ context: Context) {
        guard value.kind == .object else {
            refuse(context, value, "expected an object, found \(value.text)")
            return
        }
        if let kind = value["kind"], kind.kind != .string {
            refuse(context, kind, "`kind`: expected a string, found \(kind.text)")
            return
        }
        guard let kind = value["kind"]?.string ?? context.itemKind else {
            refuse(context, value, "is no Kubernetes object: it has no `kind`", .warning)
            return
        }
        let version = value["apiVersion"].map { $0.string ?? $0.text } ?? context.itemVersion
        let itemKind = kind.hasSuffix("List") ? String(kind.dropLast(4)) : ""
        let isTypedList = !itemKind.isEmpty && (value["items"] != nil || ObjectKind(rawValue: itemKind) != nil)
        if kind == "List" || isTypedList {
            var itemContext = context
            itemContext.itemKind = kind == "List" ? nil : String(kind.dropLast(4))
            itemContext.itemVersion = kind == "List" ? nil : version
            readItems(value, itemContext)
            if context.parent.isEmpty { noteListing(value, itemKind, version) }
            return
        }
        switch type(kind, version) {
        case .known(let kind):
            // A server that has the older version is older than these rules.
            let isNewest = version.map { !$0.hasSuffix("/v1beta1") } ?? true
            readObject(value, kind, context, isNewest && !document.isWatchEvent ? check : nil)
        case .mistaken(let kind, let mistake): readObject(value, kind, context, nil, mistake)
        case .other: break
        }
    }

    /// The type of an object; most are of a few.
    private mutating func type(_ kind: String, _ version: String?) -> ObjectType {
        if let known = types.first(where: { $0.kind == kind && $0.version == version }) { return known.type }
        let type = ObjectType(kind: kind, apiVersion: version)
        let typesMax = 8
        if types.count < typesMax { types.append((kind, version, type)) }
        return type
    }

    private mutating func readItems(_ list: DocumentValue, _ context: Context) {
        guard let items = list["items"] else { return }
        guard items.kind == .array else {
            refuse(context, items, "`items`: expected an array, found \(items.text)")
            return
        }
        // Values only read the document's memory, which stays until all of them are done with.
        nonisolated(unsafe) let all = Array(items.elements)
        let pieces = all.indices.pieces(of: Self.itemsPerPiece).concurrentMap { [file, check, context] piece in
            var reader = DocumentReader(file: file, check: check)
            reader.readItems(all[piece], context)
            return reader
        }
        document.edits.reserveCapacity(document.edits.count + all.count)
        for piece in pieces { append(piece) }
    }

    /// Few enough for all processors to have something to do, and enough for it to be worth their while.
    private static let itemsPerPiece = 256

    private mutating func readItems(_ items: ArraySlice<DocumentValue>, _ context: Context) {
        var context = context
        context.parent = context.parent.isEmpty ? "items" : "\(context.path).items"
        for index in items.indices {
            context.index = index
            read(items[index], context)
        }
    }

    /// Adds what was read of the items that follow.
    private mutating func append(_ next: DocumentReader) {
        document.edits += next.document.edits
        for finding in next.diagnostics.elements { report(finding) }
        diagnostics.omit(next.diagnostics.omittedCount)
        omitsErrors = omitsErrors || next.omitsErrors
    }

    /// - Parameter itemKind: What a typed list is a list of; empty for a v1 `List`.
    private mutating func noteListing(_ list: DocumentValue, _ itemKind: String, _ version: String?) {
        guard (list["items"]?.kind ?? .array) == .array else { return }
        if itemKind.isEmpty {
            document.listing = .mixedList(Set(document.edits.compactMap(\.reference?.kind)))
        } else if case .known(let kind) = ObjectType(kind: itemKind, apiVersion: version) {
            let isLastPage = (list["metadata"]?["continue"]?.string ?? "").isEmpty
            document.listing = .list(kind, isLastPage: isLastPage)
        } else {
            document.listing = .otherList
        }
    }

    private mutating func refuse(
        _ context: Context, _ value: DocumentValue, _ message: String, _ severity: Diagnostic.Severity = .error
    ) {
        document.edits.append(.refused(nil))
        report(.words(message, path: context.parent.isEmpty ? nil : context.path), about: value, severity)
    }

    /// - Parameters:
    ///   - check: What else is asked of it.
    ///   - mistake: What is wrong with the object's type, so that its fields mean nothing.
    private mutating func readObject(
        _ value: DocumentValue, _ kind: ObjectKind, _ context: Context, _ check: ObjectCheck?,
        _ mistake: FieldProblem? = nil
    ) {
        var reader = FieldReader(texts: texts.taken())
        defer { texts = reader.texts.taken() }
        if let mistake { reader.refuse(nil, mistake) }
        let metadata = reader.metadata(value, kind)
        let reference = metadata.map { ObjectReference(kind, $0.name) }
        if context.isDeleted, mistake == nil, let reference {
            document.edits.append(.delete(reference))
            return
        }
        let object = metadata.flatMap { mistake == nil ? reader.clusterObject(value, kind, $0, check) : nil }
        if reader.refuses {
            // What never had a name was never in force.
            if reference != nil || !value.hasGeneratedName {
                document.edits.append(.refused(reference, of: metadata.flatMap { kind.service(of: $0) }))
            }
        } else if let object {
            document.edits.append(.put(object))
        } else if let reference {
            // It is passed over; what it was before may not have been.
            document.edits.append(.delete(reference))
        }
        if reader.problems.isEmpty { return }
        let place = context.parent.isEmpty ? "" : " at \(context.path)"
        let name = reference?.description ?? "\(kind.rawValue)\(place)"
        for problem in reader.problems.elements {
            report(.field(problem), about: value.nearest(to: problem.path), object: name)
        }
        if let omission = reader.problems.omission { report(.words(omission), about: value, object: name) }
    }
}

extension DocumentValue {
    /// Whether an object has no name, and asks the API server to make one.
    fileprivate var hasGeneratedName: Bool {
        let metadata = self["metadata"]
        return metadata?["name"]?.string ?? "" == "" && metadata?["generateName"]?.string ?? "" != ""
    }
}

extension ObjectKind {
    /// The Service that an object of this kind is or belongs to; nil if it belongs to none.
    fileprivate func service(of object: ObjectMetadata) -> NamespacedName? {
        switch self {
        case .service, .endpoints: object.name
        case .endpointSlice:
            object.labels[EndpointSlice.serviceNameLabel].map { NamespacedName(object.name.namespace, $0) }
        case .node, .pod, .serviceCIDR: nil
        }
    }
}

extension FieldReader {
    /// The object; nil if it is one that is passed over, or if so much is wrong that there is none.
    fileprivate mutating func clusterObject(
        _ value: DocumentValue, _ kind: ObjectKind, _ metadata: ObjectMetadata, _ check: ObjectCheck?
    ) -> ClusterObject? {
        let problems = refuses ? [] : check?(value, kind) ?? []
        let isDecoded = problems.allSatisfy { $0.reason == .typeInvalid }
        if !isDecoded {
            for problem in problems { refuse(nil, problem) }
            return nil
        }
        let object = clusterObject(value, kind, metadata)
        // A value of a wrong type has been told of here, unless it is in a field that is not read.
        if !refuses { for problem in problems { refuse(nil, problem) } }
        return object
    }

    private mutating func clusterObject(
        _ value: DocumentValue, _ kind: ObjectKind, _ metadata: ObjectMetadata
    ) -> ClusterObject? {
        switch kind {
        case .service: .service(service(value, metadata))
        case .endpointSlice: endpointSlice(value, metadata).map { .endpointSlice($0) }
        case .endpoints: .endpoints(metadata.name, endpoints(value, metadata))
        case .node: .node(node(value, metadata))
        case .pod: .pod(pod(value, metadata))
        case .serviceCIDR: .serviceCIDR(serviceCIDR(value, metadata))
        }
    }

    /// The metadata; nil if the object has no name.
    fileprivate mutating func metadata(_ value: DocumentValue, _ kind: ObjectKind) -> ObjectMetadata? {
        let metadata = object(value, "metadata") { reader, metadata -> ObjectMetadata? in
            let namespaceField = reader.field(metadata, "namespace")
            let namespace = reader.texts.shared(namespaceField.value ?? "default")
            let labels = reader.stringMap(metadata, "labels")
            var annotations = reader.stringMap(metadata, "annotations")
            // The whole object once more, as text, which nothing here reads.
            annotations["kubectl.kubernetes.io/last-applied-configuration"] = nil
            let field = reader.field(metadata, "name")
            guard let name = field.value else {
                if !field.isWrong { reader.refuse("name", Self.missingName(metadata)) }
                return nil
            }
            if let problem = (kind == .service ? NameRule.label : .subdomain).problem(name) {
                reader.refuse("name", problem)
            }
            if kind.isNamespaced, let problem = NameRule.label.problem(namespace) {
                reader.refuse("namespace", problem)
            }
            let creationTimestamp = reader.timestamp(metadata, "creationTimestamp")
            let deletionTimestamp = reader.timestamp(metadata, "deletionTimestamp")
            let uid = reader.string(metadata, "uid")
            // Which object it is cannot be told from its name alone.
            if kind.isNamespaced, namespaceField.isWrong { return nil }
            return ObjectMetadata(
                name: NamespacedName(kind.isNamespaced ? namespace : "", name), labels: labels,
                annotations: annotations, uid: uid, creationTimestamp: creationTimestamp,
                deletionTimestamp: deletionTimestamp)
        }
        if value["metadata"] == nil { refuse("metadata", Self.missingName(nil).at(.key("name"))) }
        return metadata.flatMap { $0 }
    }

    private static func missingName(_ metadata: DocumentValue?) -> FieldProblem {
        guard let prefix = metadata?["generateName"]?.string, !prefix.isEmpty else {
            return .required("name or generateName is required")
        }
        return .required("only the API server makes a name out of generateName \(quoted(prefix))")
    }
}
