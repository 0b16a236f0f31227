import NetworkValues

/// Reads the fields of one object, and gathers all that is wrong with them, each with its path.
///
/// The words are those of the Kubernetes API (`k8s.io/apimachinery/pkg/util/validation/field`).
struct FieldReader {
    /// What was found wrong, up to a limit.
    private(set) var problems = Bounded<FieldProblem>(limit: 10)
    /// Whether the API would not have taken the object, so that nothing of it may be used.
    private(set) var refuses = false
    private var path: [FieldPath.Step] = []
    /// Those that many objects have.
    var texts: StringTable

    /// - Parameter texts: Those of the other objects of the document.
    init(texts: StringTable) {
        self.texts = texts
    }

    // MARK: Reporting

    /// The API would not take the object: this is wrong with the field `key` of where the reader is, or with where it is.
    mutating func refuse(_ key: String? = nil, _ problem: FieldProblem) {
        refuses = true
        note(key, problem)
    }

    /// A part of the object cannot be used, but the rest can.
    mutating func note(_ key: String? = nil, _ problem: FieldProblem) {
        var problem = problem
        problem.path.steps = path + (key.map { [.key($0)] } ?? []) + problem.path.steps
        problems.append(problem)
    }

    // MARK: Structure

    /// What `body` makes of the object in the field; nil if there is none.
    mutating func object<Result>(
        _ parent: DocumentValue, _ key: String, _ body: (inout FieldReader, DocumentValue) -> Result
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
        _ parent: DocumentValue, _ key: String, _ body: (inout FieldReader, DocumentValue, Int) -> Element?
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
        _ parent: DocumentValue, _ key: String, _ body: (inout FieldReader, String, Int) -> Element?
    ) -> [Element] {
        elements(parent, key) { reader, value, index in
            guard let text = value.string else {
                reader.mismatch("a string", value)
                return nil
            }
            return body(&reader, text, index)
        }
    }

    /// The strings in the array in the field, empty if there is none; nil if something in it is no string.
    mutating func texts(_ parent: DocumentValue, _ key: String) -> [String]? {
        var isRead = parent[key].map { $0.kind == .array } ?? true
        let texts = elements(parent, key) { reader, value, _ -> String? in
            if value.kind != .string {
                reader.mismatch("a string", value)
                isRead = false
            }
            return value.string
        }
        return isRead ? texts : nil
    }

    private mutating func elements<Element>(
        _ parent: DocumentValue, _ key: String, _ body: (inout FieldReader, DocumentValue, Int) -> Element?
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

    private mutating func inside<Result>(_ step: FieldPath.Step, _ body: (inout FieldReader) -> Result) -> Result {
        path.append(step)
        defer { path.removeLast() }
        return body(&self)
    }

    // MARK: Single values

    /// A string; an empty one is none, as it is to the API.
    mutating func field(_ parent: DocumentValue, _ key: String) -> Field<String> {
        guard let value = parent[key] else { return .absent }
        guard let text = value.string else {
            mismatch("a string", value, key)
            return .wrong
        }
        return text.isEmpty ? .absent : .value(text)
    }

    /// A string; nil if there is none, an empty one, or something else.
    mutating func string(_ parent: DocumentValue, _ key: String) -> String? { field(parent, key).value }

    /// A string as many objects have it; nil as in ``string(_:_:)``.
    mutating func repeated(_ parent: DocumentValue, _ key: String) -> String? {
        string(parent, key).map { texts.shared($0) }
    }

    /// A whole number.
    mutating func integer(_ parent: DocumentValue, _ key: String) -> Int? {
        guard let value = parent[key] else { return nil }
        guard let number = value.integer else {
            mismatch("a whole number", value, key)
            return nil
        }
        return number
    }

    /// `true` or `false`.
    mutating func boolean(_ parent: DocumentValue, _ key: String) -> Bool? {
        guard let value = parent[key] else { return nil }
        if value.boolean == nil { mismatch("true or false", value, key) }
        return value.boolean
    }

    /// A map from strings to strings, such as labels. A `null` is an empty string, as it is to the API.
    mutating func stringMap(_ parent: DocumentValue, _ key: String) -> [String: String] {
        object(parent, key) { reader, map in
            var result: [String: String] = [:]
            for (key, value) in map.members {
                let key = key.string ?? ""
                if let text = value.kind == .null ? "" : value.string {
                    result[reader.texts.shared(key)] = reader.texts.shared(text)
                } else {
                    reader.inside(.entry(key.shortened(to: FieldProblem.keptBytesMax))) {
                        $0.mismatch("a string", value)
                    }
                }
            }
            return result
        } ?? [:]
    }

    private mutating func mismatch(_ expected: String, _ value: DocumentValue, _ key: String? = nil) {
        refuse(key, .typeInvalid(value.text, expected: expected))
    }

    // MARK: Values with a meaning

    /// One of a few words, the API's default if there is none; nil if it is another one, or no word.
    mutating func word<Word: RawRepresentable<String> & CaseIterable>(
        _ parent: DocumentValue, _ key: String, default absent: Word
    ) -> Word? {
        switch field(parent, key) {
        case .absent: return absent
        case .wrong: return nil
        case .value(let text):
            let word = Word(rawValue: text)
            if word == nil { refuse(key, .notSupported(text, Word.allCases.map(\.rawValue))) }
            return word
        }
    }

    /// A port number, 0 if there is none; nil if it is none that there can be.
    mutating func port(_ parent: DocumentValue, _ key: String) -> UInt16? {
        guard parent[key] != nil else { return 0 }
        guard let number = integer(parent, key) else { return nil }
        guard let port = UInt16(exactly: number) else {
            refuse(key, .invalidPort(number))
            return nil
        }
        return port
    }
}

/// What is in a field. What is wrong has been reported; it must not be taken for absent, or whatever depends on it is
/// reported too.
enum Field<Value> {
    case absent
    case wrong
    case value(Value)

    var value: Value? {
        guard case .value(let value) = self else { return nil }
        return value
    }

    var isWrong: Bool {
        guard case .wrong = self else { return false }
        return true
    }
}

extension DocumentValue {
    /// The value as it is written, cut short if it is long; of an array or object only that it is one.
    package var text: String {
        switch kind {
        case .array: return "an array"
        case .object: return "an object"
        case .string: return quoted(string ?? "")
        case .null, .boolean, .number:
            // Longer than what is printed, so that it is cut there.
            return String(decoding: source.prefix(printedBytesMax + 1), as: UTF8.self).shortened()
        }
    }
}
