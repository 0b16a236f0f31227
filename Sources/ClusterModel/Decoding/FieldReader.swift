import NetworkValues

/// Reads the fields of one object, and gathers all that is wrong with them, each with its path.
///
/// The words are those of the Kubernetes API (`k8s.io/apimachinery/pkg/util/validation/field`).
struct FieldReader {
    /// A field that is wrong.
    struct Problem: Equatable {
        var path: String
        var message: String
    }

    private enum Step {
        case key(String)
        case entry(String)
        case index(Int)
    }

    private(set) var problems: [Problem] = []
    /// Whether the API would not have taken the object, so that nothing of it may be used.
    private(set) var refuses = false
    private var path: [Step] = []

    // MARK: Reporting

    /// The API would not take the object: `message` is wrong with the field `key` of where the reader is, or with where
    /// it is.
    mutating func refuse(_ key: String? = nil, _ message: String) {
        refuses = true
        note(key, message)
    }

    /// A part of the object cannot be used, but the rest can.
    mutating func note(_ key: String? = nil, _ message: String) {
        problems.append(Problem(path: Self.text(path + (key.map { [.key($0)] } ?? [])), message: message))
    }

    private static func text(_ path: [Step]) -> String {
        path.reduce(into: "") { text, step in
            switch step {
            case .key(let key): text += text.isEmpty ? key : ".\(key)"
            case .entry(let key): text += "[\(key)]"
            case .index(let index): text += "[\(index)]"
            }
        }
    }

    // MARK: Structure

    /// What `body` makes of the object in the field; nil if there is none.
    mutating func object<Result>(
        _ parent: JSONValue, _ key: String, _ body: (inout FieldReader, JSONValue) -> Result
    ) -> Result? {
        guard let value = parent[key] else { return nil }
        return inside(.key(key)) { reader in
            guard value.kind == .object else {
                reader.mismatch("an object", value)
                return nil
            }
            return body(&reader, value)
        }
    }

    /// What `body` makes of each object in the array in the field; empty if there is none.
    mutating func objects<Element>(
        _ parent: JSONValue, _ key: String, _ body: (inout FieldReader, JSONValue, Int) -> Element?
    ) -> [Element] {
        elements(parent, key) { reader, value, index in
            guard value.kind == .object else {
                reader.mismatch("an object", value)
                return nil
            }
            return body(&reader, value, index)
        }
    }

    /// What `body` makes of each string in the array in the field; empty if there is none.
    mutating func strings<Element>(
        _ parent: JSONValue, _ key: String, _ body: (inout FieldReader, String, Int) -> Element?
    ) -> [Element] {
        elements(parent, key) { reader, value, index in
            guard let text = value.string else {
                reader.mismatch("a string", value)
                return nil
            }
            return body(&reader, text, index)
        }
    }

    private mutating func elements<Element>(
        _ parent: JSONValue, _ key: String, _ body: (inout FieldReader, JSONValue, Int) -> Element?
    ) -> [Element] {
        guard let value = parent[key] else { return [] }
        return inside(.key(key)) { reader in
            guard value.kind == .array else {
                reader.mismatch("an array", value)
                return []
            }
            var result: [Element] = []
            for (index, element) in value.elements.enumerated() {
                let made = reader.inside(.index(index)) { body(&$0, element, index) }
                if let made { result.append(made) }
            }
            return result
        }
    }

    private mutating func inside<Result>(_ step: Step, _ body: (inout FieldReader) -> Result) -> Result {
        path.append(step)
        defer { path.removeLast() }
        return body(&self)
    }

    // MARK: Single values

    /// A string; nil if there is none, or an empty one, which the API holds to be the same.
    mutating func string(_ parent: JSONValue, _ key: String) -> String? {
        guard let value = parent[key] else { return nil }
        guard let text = value.string else {
            mismatch("a string", value, key)
            return nil
        }
        return text.isEmpty ? nil : text
    }

    /// A whole number.
    mutating func integer(_ parent: JSONValue, _ key: String) -> Int? {
        guard let value = parent[key] else { return nil }
        guard let number = value.integer else {
            mismatch("a whole number", value, key)
            return nil
        }
        return number
    }

    /// `true` or `false`.
    mutating func boolean(_ parent: JSONValue, _ key: String) -> Bool? {
        guard let value = parent[key] else { return nil }
        if value.boolean == nil { mismatch("true or false", value, key) }
        return value.boolean
    }

    /// A map from strings to strings, such as labels. A `null` is an empty string, as it is to the API.
    mutating func stringMap(_ parent: JSONValue, _ key: String) -> [String: String] {
        object(parent, key) { reader, map in
            var result: [String: String] = [:]
            for (key, value) in map.members {
                if let text = value.kind == .null ? "" : value.string {
                    result[key] = text
                } else {
                    reader.inside(.entry(key)) { $0.mismatch("a string", value) }
                }
            }
            return result
        } ?? [:]
    }

    private mutating func mismatch(_ expected: String, _ value: JSONValue, _ key: String? = nil) {
        refuse(key, "expected \(expected), found \(value.text)")
    }

    // MARK: Values with a meaning

    /// One of a few words, the API's default if there is none.
    mutating func word<Word: RawRepresentable<String> & CaseIterable>(
        _ parent: JSONValue, _ key: String, default absent: Word
    ) -> Word {
        guard let text = string(parent, key) else { return absent }
        guard let word = Word(rawValue: text) else {
            let supported = Word.allCases.map { quoted($0.rawValue) }.sorted().joined(separator: ", ")
            refuse(key, "Unsupported value: \(quoted(text)): supported values: \(supported)")
            return absent
        }
        return word
    }

    /// A port number, 0 if there is none.
    mutating func port(_ parent: JSONValue, _ key: String) -> UInt16 {
        guard let number = integer(parent, key), number != 0 else { return 0 }
        guard (1...65535).contains(number) else {
            refuse(key, "Invalid value: \(number): must be between 1 and 65535, inclusive")
            return 0
        }
        return UInt16(number)
    }
}

extension JSONValue {
    /// The value as it is written, cut short if it is long; of an array or object only that it is one.
    var text: String {
        if kind == .array { return "an array" }
        if kind == .object { return "an object" }
        let shown = String(decoding: source.prefix(60), as: UTF8.self) + (source.count > 60 ? "..." : "")
        return kind == .string ? "\"\(shown)\"" : shown
    }
}

/// The text in quotes, as Go's `%q` writes plain text.
func quoted(_ text: String) -> String {
    let escaped = text.unicodeScalars.map { scalar in
        scalar.value < 0x20 || scalar == "\"" || scalar == "\\" ? scalar.escaped(asASCII: false) : String(scalar)
    }
    return "\"\(escaped.joined())\""
}
