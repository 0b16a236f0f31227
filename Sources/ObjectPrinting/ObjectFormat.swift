import Foundation
import Yams

/// A format in which objects are printed for programs.
package enum ObjectFormat: String, Sendable, CaseIterable {
    case json
    case yaml

    /// The text of an object, with a line end.
    package func text(of object: ObjectTree) throws -> String {
        switch self {
        case .json:
            // The same text each time, whatever order the members are in.
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(object), as: UTF8.self) + "\n"
        case .yaml:
            return try Yams.serialize(node: object.node, sortKeys: true)
        }
    }
}

extension ObjectTree {
    /// As YAML 1.1 has it: what another reader may take for something else than a text is in quotes, in keys too.
    fileprivate var node: Node {
        switch self {
        case .null: .scalar(Node.Scalar("null", Tag(.null)))
        case .boolean(let value): .scalar(Node.Scalar(value ? "true" : "false", Tag(.bool)))
        case .integer(let value): .scalar(Node.Scalar("\(value)", Tag(.int)))
        case .string(let value): Self.node(value)
        case .array(let elements): .sequence(Node.Sequence(elements.map(\.node)))
        case .object(let members): .mapping(Node.Mapping(members.map { (Self.node($0), $1.node) }))
        }
    }

    private static func node(_ text: String) -> Node {
        let booleans = ["y", "Y", "n", "N"]
        let scalar = text.represented()
        return .scalar(booleans.contains(text) ? Node.Scalar(text, Tag(.str), .singleQuoted) : scalar)
    }
}
