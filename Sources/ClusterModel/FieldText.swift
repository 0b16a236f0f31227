/// Values as text for people: a field that is added to a value is printed without anybody having to think of it.
package enum FieldText {
    /// Each field that is not empty, in the order of declaration.
    package static func fields(of value: Any) -> [(name: String, text: String)] {
        Mirror(reflecting: value).children.compactMap { name, value in
            let text = text(value)
            return name.flatMap { text.isEmpty ? nil : ($0, text) }
        }
    }

    /// `name=value` for each field that is not empty, on one line whatever is in it.
    package static func line(_ value: Any) -> String {
        fields(of: value).map { "\($0.name)=\($0.text)" }.joined(separator: " ").printable
    }

    /// Sets and dictionaries are sorted, so that equal values have equal texts.
    private static func text(_ value: Any) -> String {
        let mirror = Mirror(reflecting: value)
        let parts = mirror.children.map { text($0.value) }
        switch mirror.displayStyle {
        case .optional: return parts.first ?? ""
        case .collection: return list(parts)
        case .set, .dictionary: return list(parts.sorted())
        case .tuple: return parts.joined(separator: " ")
        case .enum where !(value is any CustomStringConvertible):
            guard let payload = mirror.children.first else { return "\(value)" }
            return "\(payload.label ?? "")(\(parts.joined()))"
        case .struct where !(value is any CustomStringConvertible):
            return "{\(fields(of: value).map { "\($0.name)=\($0.text)" }.joined(separator: " "))}"
        default: return "\(value)"
        }
    }

    private static func list(_ parts: [String]) -> String { parts.isEmpty ? "" : "[\(parts.joined(separator: ", "))]" }
}
