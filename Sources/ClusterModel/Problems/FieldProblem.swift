package import NetworkValues

/// A field that is wrong, as the Kubernetes API sees it (`k8s.io/apimachinery/pkg/util/validation/field.Error`).
///
/// What is said of it to people, in the log, and to a client of the API are printings of this value.
package struct FieldProblem: Hashable, Sendable {
    /// How much is kept of a value, or of the key of a map: more than the API takes for any field that is read. A problem
    /// outlives the document that it was found in.
    static let keptBytesMax = 4096

    /// What kind of mistake it is. The raw value is the API's word for it (`metav1.CauseType`).
    package enum Reason: String, Hashable, Sendable, CaseIterable {
        case invalid = "FieldValueInvalid"
        case required = "FieldValueRequired"
        case duplicate = "FieldValueDuplicate"
        case forbidden = "FieldValueForbidden"
        case notSupported = "FieldValueNotSupported"
        case tooLong = "FieldValueTooLong"
        case tooMany = "FieldValueTooMany"
        /// A number where a string belongs, or the like: the API does not even decode such an object.
        case typeInvalid = "FieldValueTypeInvalid"
    }

    /// What was found.
    package enum Value: Hashable, Sendable {
        case text(String)
        case texts([String])
        case number(Int)
        /// Only how many values there are.
        case count(Int)
        /// What no two ports of a Service may have in common.
        case servicePort(TransportProtocol, UInt16)
        /// Something of the wrong type, as it is written.
        case written(String)
    }

    /// Where it is; in what has no place yet, from the value that was looked at.
    package var path: FieldPath
    /// What kind of mistake it is.
    package var reason: Reason
    /// What was found; nil if nothing is there, or if it says nothing.
    package var badValue: Value?
    /// What is wrong with it, or what was expected in its place; empty if the reason says it all.
    package var detail: String

    package init(path: FieldPath = FieldPath(), reason: Reason, badValue: Value? = nil, detail: String = "") {
        self.path = path
        self.reason = reason
        self.badValue = badValue?.bounded
        self.detail = detail
    }

    /// The same with its place, which is below these steps.
    package func at(_ steps: FieldPath.Step...) -> FieldProblem {
        var problem = self
        problem.path.steps = steps + path.steps
        return problem
    }
}

extension FieldProblem {
    package static func invalid(_ value: Value?, _ detail: String) -> FieldProblem {
        FieldProblem(reason: .invalid, badValue: value, detail: detail)
    }

    package static func required(_ detail: String = "") -> FieldProblem {
        FieldProblem(reason: .required, detail: detail)
    }

    package static func duplicate(_ value: Value) -> FieldProblem {
        FieldProblem(reason: .duplicate, badValue: value)
    }

    package static func forbidden(_ detail: String) -> FieldProblem {
        FieldProblem(reason: .forbidden, detail: detail)
    }

    /// A word that is none of those that the API knows.
    package static func notSupported(_ text: String, _ supported: [String]) -> FieldProblem {
        let list = supported.sorted().map { quoted($0) }.joined(separator: ", ")
        return FieldProblem(reason: .notSupported, badValue: .text(text), detail: "supported values: \(list)")
    }

    /// - Parameters:
    ///   - found: The value as it is written.
    ///   - expected: What belongs there, e.g. `a whole number`.
    package static func typeInvalid(_ found: String, expected: String) -> FieldProblem {
        FieldProblem(reason: .typeInvalid, badValue: .written(found), detail: expected)
    }
}

extension FieldProblem {
    /// The sentence for people: `Invalid value: 0: must be between 1 and 65535, inclusive`. Long values are cut short.
    package var message: String {
        if reason == .typeInvalid { return "expected \(detail), found \(badValue?.sentence ?? "nothing")" }
        return body(badValue?.sentence)
    }

    /// Label, value and detail, as the API puts them in a row.
    func body(_ value: String?) -> String {
        [reason.label, value, detail.isEmpty ? nil : detail].compactMap { $0 }.joined(separator: ": ")
    }
}

extension FieldProblem.Reason {
    fileprivate var label: String {
        switch self {
        case .invalid, .typeInvalid: "Invalid value"
        case .required: "Required value"
        case .duplicate: "Duplicate value"
        case .forbidden: "Forbidden"
        case .notSupported: "Unsupported value"
        case .tooLong: "Too long"
        case .tooMany: "Too many"
        }
    }
}

extension FieldProblem.Value {
    fileprivate var bounded: Self {
        let bytesMax = FieldProblem.keptBytesMax
        return switch self {
        case .text(let text): .text(text.shortened(to: bytesMax))
        case .texts(let texts): .texts(texts.prefix(64).map { $0.shortened(to: bytesMax) })
        case .written(let text): .written(text.shortened(to: bytesMax))
        case .number, .count, .servicePort: self
        }
    }

    /// For people: what matters of it, cut short if it is long.
    fileprivate var sentence: String {
        switch self {
        case .text(let text): return quoted(text)
        case .texts(let texts):
            let shownMax = 3
            let shown = texts.prefix(shownMax).map { quoted($0) } + (texts.count > shownMax ? ["..."] : [])
            return "[\(shown.joined(separator: ","))]"
        case .number(let number): return "\(number)"
        case .count(let count): return "\(count) values"
        case .servicePort(let transport, let port): return #"{"protocol":"\#(transport.rawValue)","port":\#(port)}"#
        case .written(let text): return text
        }
    }
}
