import NetworkValues

/// One of the reasons for which the API refuses an object: an element of `details.causes` of its answer, whose code is 422.
/// The corresponding API type is `metav1.StatusCause`.
package struct StatusCause: Hashable, Sendable {
    /// The API's word, e.g. `FieldValueInvalid`.
    package var reason: String
    /// The sentence, with the whole value.
    package var message: String
    /// The JSON path of the field.
    package var field: String

    package init(reason: String, message: String, field: String) {
        self.reason = reason
        self.message = message
        self.field = field
    }
}

extension FieldProblem {
    /// The problem as the API tells it; nil if something is of the wrong type, since the API then does not decode the object
    /// and gives no causes (code 400).
    package var cause: StatusCause? {
        guard reason != .typeInvalid else { return nil }
        return StatusCause(reason: reason.rawValue, message: body(badValue?.wholeText), field: path.asTheAPIHasIt)
    }
}

extension FieldPath {
    fileprivate var asTheAPIHasIt: String {
        let steps = steps.map { step -> Step in
            // The field's name in Go, by a mistake of long ago.
            step == .key("loadBalancerSourceRanges") ? .key("LoadBalancerSourceRanges") : step
        }
        return FieldPath(steps).text(bytesMax: .max)
    }
}

extension FieldProblem.Value {
    /// As the API prints it.
    fileprivate var wholeText: String {
        switch self {
        case .text(let text): quoted(text, bytesMax: .max)
        case .texts(let texts): "[\(texts.map { quoted($0, bytesMax: .max) }.joined(separator: ","))]"
        case .number(let number): "\(number)"
        case .count(let count): "\(count) values"
        case .servicePort(let transport, let port):
            // A port with nothing but these, as the API holds it.
            #"{"Name":"","Protocol":"\#(transport.rawValue)","AppProtocol":null,"Port":\#(port),"#
                + #""TargetPort":0,"NodePort":0}"#
        case .written(let text): text
        }
    }
}
