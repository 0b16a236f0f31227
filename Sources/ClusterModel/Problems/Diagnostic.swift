/// Something wrong with the input, that did not stop the rest.
package struct Diagnostic: Hashable, Sendable, CustomStringConvertible {
    /// How bad it is.
    package enum Severity: String, Hashable, Sendable {
        /// What was asked for is not in force.
        case error
        /// It is in force, but perhaps not as meant.
        case warning
    }

    /// What is wrong.
    package enum Content: Hashable, Sendable {
        /// A field, by the rules of the API.
        case field(FieldProblem)
        /// Anything else, in words, with the JSON path if there is one.
        case words(String, path: String? = nil)
    }

    /// How bad it is.
    package var severity: Severity

    /// The file it came from, `-` for standard input, nil if no file alone is to blame.
    package var file: String?

    /// Where in the file it is, if that is known.
    package var position: TextPosition?

    /// The object, as far as it is known, e.g. `Service default/web`.
    package var object: String?

    /// What is wrong.
    package var content: Content

    /// What follows from it for the rest, which is added to the sentence; empty if nothing does.
    package var consequence = ""

    /// A diagnostic in words.
    package init(
        _ severity: Severity, file: String? = nil, object: String? = nil, path: String? = nil, _ message: String
    ) {
        self.init(severity, file: file, object: object, .words(message, path: path))
    }

    package init(_ severity: Severity, file: String? = nil, object: String? = nil, _ content: Content) {
        self.severity = severity
        self.file = file
        self.object = object
        self.content = content
    }

    /// The field that is wrong; nil if it is about something else.
    package var problem: FieldProblem? {
        guard case .field(let problem) = content else { return nil }
        return problem
    }

    /// The JSON path in the object, e.g. `spec.ports[0].port`; nil if no field alone is to blame.
    package var path: String? {
        switch content {
        case .field(let problem): problem.path.steps.isEmpty ? nil : problem.path.description
        case .words(_, let path): path
        }
    }

    /// What is wrong, in words.
    package var message: String {
        switch content {
        case .field(let problem): problem.message + consequence
        case .words(let words, _): words + consequence
        }
    }

    /// The file and the line in it, `state/web.yaml:7`, as far as they are known.
    package var place: String? {
        guard let file, let position else { return file }
        return "\(file):\(position.line)"
    }

    /// `state/web.yaml:7: Service default/web: spec.ports[0].name: Duplicate value: "http"`, on one line whatever is in it.
    package var description: String {
        [place, object, path, message].compactMap { $0?.printable }.joined(separator: ": ")
    }
}
