package import ClusterModel

/// What the API server answers to a request that it refuses. The corresponding API type is `metav1.Status`.
package struct Status: Error, Hashable, Sendable {
    /// The API's word for what is wrong (`metav1.StatusReason`).
    package enum Reason: String, Hashable, Sendable {
        case badRequest = "BadRequest"
        case internalError = "InternalError"
        case invalid = "Invalid"
        /// An error of the server's that says nothing of itself.
        case unknown = ""
    }

    /// What it is about.
    package struct Details: Hashable, Sendable {
        /// The object's name; empty if it has none.
        package var name: String = ""
        /// The object's API group; empty for the core group.
        package var group: String = ""
        /// The object's kind.
        package var kind: String = ""
        /// All that is wrong with it, in the server's order.
        package var causes: [StatusCause] = []
    }

    /// The status of the HTTP answer.
    package var code: Int
    package var reason: Reason
    /// The sentence for people.
    package var message: String
    /// Nil if there is nothing to be said but the sentence.
    package var details: Details?
    /// What is wrong, as values: the causes, or the value of a wrong type. Empty if it is about no field.
    package var problems: [FieldProblem] = []

    /// The object does not decode, or is not what was asked for.
    package static func badRequest(_ message: String, _ problems: [FieldProblem] = []) -> Status {
        Status(code: 400, reason: .badRequest, message: message, problems: problems)
    }

    /// The server could not do what the object asks for.
    ///
    /// - Parameter problem: The field that asks for it; the server does not say so.
    static func internalError(_ message: String, _ problem: FieldProblem? = nil) -> Status {
        let causes = [StatusCause(reason: "", message: message, field: "")]
        return Status(
            code: 500, reason: .internalError, message: "Internal error occurred: \(message)",
            details: Details(causes: causes), problems: problem.map { [$0] } ?? [])
    }

    /// Fields of the object are wrong.
    static func invalid(_ kind: ObjectKind, _ name: String, _ problems: Bounded<FieldProblem>) -> Status {
        var causes = problems.elements.compactMap(\.cause)
        if let omission = problems.omission {
            causes.append(StatusCause(reason: "FieldValueInvalid", message: omission, field: ""))
        }
        let group = kind == .endpointSlice ? "discovery.k8s.io" : ""
        let type = group.isEmpty ? kind.rawValue : "\(kind.rawValue).\(group)"
        var sentences: [String] = []
        var known: Set<String> = []
        for cause in causes {
            let sentence = cause.field.isEmpty ? cause.message : "\(cause.field): \(cause.message)"
            if known.insert(sentence).inserted { sentences.append(sentence) }
        }
        let all = sentences.joined(separator: ", ")
        return Status(
            code: 422, reason: .invalid,
            message: "\(type) \(quoted(name, bytesMax: .max)) is invalid: \(sentences.count > 1 ? "[\(all)]" : all)",
            details: Details(name: name, group: group, kind: kind.rawValue, causes: causes),
            problems: problems.elements)
    }
}
