package import ClusterModel

/// Sends the objects of documents to the API server's admission, one after another, as a client would that creates
/// each, or changes it if it is there already.
package struct DocumentReview {
    /// What is said of one object.
    package struct Answer: Sendable {
        /// What the server would answer if it refuses the object; nil if it takes it.
        package var status: Status?
        /// The same for people, and the server's warnings.
        package var diagnostics: [Diagnostic]

        package init(status: Status? = nil, diagnostics: [Diagnostic]) {
            self.status = status
            self.diagnostics = diagnostics
        }
    }

    /// How many causes are printed for one object.
    private static let causesMax = 100

    private var admission: Admission
    private var answers: [Answer] = []
    /// What the diagnostics of the answers are about, in their order.
    private var subjects: [DocumentValue] = []
    private var file = ""

    /// - Parameter pools: The addresses and ports that there are.
    package init(_ pools: ServicePools) {
        admission = Admission(pools)
    }

    /// Sends the objects of a document, but for those of kinds that are not looked at.
    ///
    /// - Returns: what is said of those of which something is to be said.
    package mutating func review(_ document: Document, file: String) -> [Answer] {
        self.file = file
        defer { (answers, subjects) = ([], []) }
        document.withRoot { root in
            if root["kind"] == nil, root["type"]?.string != nil, let object = root["object"] {
                // A watch event tells of what a server has taken already, or no longer has.
                if ["ADDED", "MODIFIED"].contains(root.text("type")) { review(object, itemOf: "") }
            } else {
                review(root, itemOf: "")
            }
            setPlaces(root.places(of: subjects))
        }
        return answers
    }

    /// All at once, since lines are counted from the beginning of the file.
    private mutating func setPlaces(_ places: [TextPosition?]) {
        var rest = places[...]
        for answer in answers.indices {
            for diagnostic in answers[answer].diagnostics.indices {
                answers[answer].diagnostics[diagnostic].position = rest.removeFirst()
            }
        }
    }

    /// What is said of a file that cannot be read as documents.
    package static func answer(toUnreadable file: String, at position: TextPosition?, _ message: String) -> Answer {
        var diagnostic = Diagnostic(.error, file: file, message)
        diagnostic.position = position
        return Answer(status: .badRequest("\(diagnostic)"), diagnostics: [diagnostic])
    }

    /// - Parameter list: The kind of the items of the typed list that the object is in, which do not say it themselves.
    private mutating func review(_ value: DocumentValue, itemOf list: String) {
        guard value.kind == .object else {
            return refuse(value, .badRequest("expected an object, found \(value.text)"))
        }
        let said = value["kind"].map { $0.string ?? "" } ?? list
        if said.isEmpty { return refuse(value, .badRequest("Object 'Kind' is missing")) }
        if said == "List" || said.hasSuffix("List") && value["items"] != nil {
            for item in value["items"].values { review(item, itemOf: said == "List" ? "" : String(said.dropLast(4))) }
            return
        }
        switch ObjectType(kind: said, apiVersion: value["apiVersion"]?.string) {
        case .known(let kind), .mistaken(let kind, _):
            if Admission.kinds.contains(kind) { review(value, kind) }
        case .other: break
        }
    }

    private mutating func review(_ value: DocumentValue, _ kind: ObjectKind) {
        let review = admission.review(value, kind)
        var warnings = review.warnings
        if case .success = review.result, kind == .service, let problem = Admission.status(of: value)?.problems.first {
            // Who creates an object cannot give it a status; whoever reads files takes it from there.
            warnings.append("\(problem.path): \(problem.message)")
        }
        var answer = Answer(status: nil, diagnostics: [])
        if case .failure(let status) = review.result {
            answer.status = status
            addErrors(status, value, kind, &answer)
        }
        for warning in warnings.prefix(Self.causesMax) {
            add(.warning, .words(warning), about: value, value, kind, &answer)
        }
        if !answer.diagnostics.isEmpty { answers.append(answer) }
    }

    private mutating func refuse(_ value: DocumentValue, _ status: Status) {
        subjects.append(value)
        answers.append(Answer(status: status, diagnostics: [Diagnostic(.error, file: file, status.message)]))
    }

    /// A line for each cause, or one for all if there are none.
    private mutating func addErrors(
        _ status: Status, _ value: DocumentValue, _ kind: ObjectKind, _ answer: inout Answer
    ) {
        if status.problems.isEmpty { add(.error, .words(status.message), about: value, value, kind, &answer) }
        for problem in status.problems.prefix(Self.causesMax) {
            let subject = value.nearest(to: problem.path.asWritten(in: value))
            add(.error, .field(problem), about: subject, value, kind, &answer)
        }
        if status.problems.count > Self.causesMax {
            let words = "and \(status.problems.count - Self.causesMax) more problems"
            add(.error, .words(words), about: value, value, kind, &answer)
        }
    }

    private mutating func add(
        _ severity: Diagnostic.Severity, _ content: Diagnostic.Content, about subject: DocumentValue,
        _ value: DocumentValue, _ kind: ObjectKind, _ answer: inout Answer
    ) {
        let metadata = value["metadata"]
        let namespace = metadata.text("namespace")
        let name = NamespacedName(namespace.isEmpty ? "default" : namespace, metadata.text("name"))
        let object = name.name.isEmpty ? kind.rawValue : "\(ObjectReference(kind, name))"
        answer.diagnostics.append(Diagnostic(severity, file: file, object: object, content))
        subjects.append(subject)
    }
}

extension FieldPath {
    /// The path of what the object has in place of a field that the server makes of another.
    fileprivate func asWritten(in object: DocumentValue) -> FieldPath {
        let plural: [FieldPath.Step] = [.key("spec"), .key("clusterIPs")]
        guard steps.starts(with: plural), object["spec"]?["clusterIPs"] == nil else { return self }
        return FieldPath([.key("spec"), .key("clusterIP")])
    }
}
