/// An object of the API as it is printed: what JSON and YAML have in common.
package indirect enum ObjectTree: Hashable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int)
    case string(String)
    case array([ObjectTree])
    /// Printed in the order of the keys, as kubectl does.
    case object([String: ObjectTree])

    /// An object with those of the fields that are there.
    package static func fields(_ fields: [String: ObjectTree?]) -> ObjectTree {
        .object(fields.compactMapValues { $0 })
    }

    /// An object with these texts, such as labels; nil if there are none.
    package static func texts(_ texts: [String: String]) -> ObjectTree? {
        texts.isEmpty ? nil : .object(texts.mapValues { .string($0) })
    }

    /// An array; nil if it is empty.
    package static func list(_ elements: [ObjectTree]) -> ObjectTree? { elements.isEmpty ? nil : .array(elements) }

    /// A v1 `List`.
    package static func list(of objects: [ObjectTree]) -> ObjectTree {
        .object(["apiVersion": .string("v1"), "kind": .string("List"), "items": .array(objects)])
    }
}

extension ObjectTree: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral {
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .boolean(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
}

extension ObjectTree: Encodable {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// As what it is, in whatever format.
    package func encode(to encoder: any Encoder) throws {
        switch self {
        case .null, .boolean, .integer, .string:
            var container = encoder.singleValueContainer()
            try encodeScalar(to: &container)
        case .array(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(element) }
        case .object(let members):
            var container = encoder.container(keyedBy: Key.self)
            for (key, value) in members { try container.encode(value, forKey: Key(stringValue: key)) }
        }
    }

    private func encodeScalar(to container: inout any SingleValueEncodingContainer) throws {
        switch self {
        case .boolean(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .null, .array, .object: try container.encodeNil()
        }
    }
}
