import ClusterModel

/// Holds a document against a type of the API, as the API server's decoder does: the first value of a wrong type, and
/// all fields that are not known or come twice.
struct ShapeCheck {
    /// What the decoder cannot go on with.
    struct Mismatch {
        /// Where it is, and what belongs there.
        var problem: FieldProblem
        /// The server's sentence.
        var message: String
    }

    /// How many fields are told of that should not be there: the decoder's own limit.
    private static let straysMax = 100

    private(set) var mismatch: Mismatch?
    /// What strict decoding finds, in the order of the document: `unknown field "spec.colour"`.
    private(set) var strays: [String] = []
    private var steps: [FieldPath.Step] = []
    /// The name of the struct that the value is in.
    private var enclosing = ""

    init(_ value: DocumentValue, _ shape: Shape) {
        // Nearly all documents are right, and steps are dear.
        if shape.fits(value) { return }
        checkObject(value, shape)
    }

    private mutating func check(_ value: DocumentValue, _ shape: Shape) {
        switch (shape.kind, value.kind) {
        case (.stringMap, .object): checkMap(value)
        case (.list, .array):
            for (index, element) in value.elements.enumerated() {
                steps.append(.index(index))
                check(element, shape.element ?? .any)
                steps.removeLast()
            }
        case (.object, .object):
            let outer = enclosing
            checkObject(value, shape)
            enclosing = outer
        case (.time, .string): if !shape.fits(value) { noteTime(value) }
        default: if !shape.fits(value) { note(value, shape) }
        }
    }

    private mutating func checkObject(_ value: DocumentValue, _ shape: Shape) {
        guard value.kind == .object else { return note(value, shape) }
        enclosing = shape.name
        var seen: UInt64 = 0
        for (key, member) in value.members {
            let name = key.string ?? ""
            guard let index = shape.keys.firstIndex(where: { "\($0)" == name }) else {
                addStray("unknown", name)
                continue
            }
            if seen & 1 << UInt64(index) != 0 { addStray("duplicate", name) }
            seen |= 1 << UInt64(index)
            steps.append(.key(name))
            check(member, shape.fields[index])
            steps.removeLast()
        }
    }

    private mutating func checkMap(_ map: DocumentValue) {
        var keys: Set<String> = []
        for (key, value) in map.members {
            let name = key.string ?? ""
            if !keys.insert(name).inserted { addStray("duplicate", name) }
            if value.kind == .string || value.kind == .null { continue }
            steps.append(.entry(name))
            note(value, .text)
            steps.removeLast()
        }
    }

    private mutating func noteTime(_ value: DocumentValue) {
        let text = quoted(value.string ?? "")
        let layout = "2006-01-02T15:04:05Z07:00"
        note(value, .time, "parsing time \(text) as \(quoted(layout)): cannot parse \(text) as \"2006\"")
    }

    private mutating func note(_ value: DocumentValue, _ shape: Shape) {
        let names = steps.compactMap { step in
            if case .key(let key) = step { key } else { nil }
        }
        let place = "\(enclosing).\(names.joined(separator: "."))"
        let found = value.goKind(for: shape)
        note(value, shape, "json: cannot unmarshal \(found) into Go struct field \(place) of type \(shape.goType)")
    }

    private mutating func note(_ value: DocumentValue, _ shape: Shape, _ message: String) {
        if mismatch != nil { return }
        var problem = FieldProblem.typeInvalid(value.text, expected: shape.words)
        problem.path.steps = steps
        mismatch = Mismatch(problem: problem, message: message)
    }

    private mutating func addStray(_ what: String, _ name: String) {
        guard strays.count < Self.straysMax else { return }
        let path = FieldPath(steps + [.key(name.shortened(to: printedBytesMax))])
        strays.append("\(what) field \"\(path)\"")
    }
}

extension Shape {
    /// Whether a value is of the type, and has no field that is not known or comes twice.
    fileprivate func fits(_ value: DocumentValue) -> Bool {
        switch (kind, value.kind) {
        case (_, .null), (.any, _), (.string, .string), (.boolean, .boolean), (.intOrString, .string): true
        case (.int32, .number), (.intOrString, .number): value.writtenInteger.flatMap { Int32(exactly: $0) } != nil
        case (.int64, .number): value.writtenInteger != nil
        case (.time, .string): Timestamp(value.string ?? "") != nil
        case (.stringMap, .object): hasOnlyTexts(value)
        case (.list, .array):
            if let element { value.elements.allSatisfy { element.fits($0) } } else { true }
        case (.object, .object): hasOnlyFields(value)
        default: false
        }
    }

    private func hasOnlyFields(_ value: DocumentValue) -> Bool {
        var seen: UInt64 = 0
        for (key, member) in value.members {
            guard let index = keys.firstIndex(where: { key.isWritten($0) }) else { return false }
            let bit: UInt64 = 1 << UInt64(index)
            if seen & bit != 0 { return false }
            seen |= bit
            if !fields[index].fits(member) { return false }
        }
        return true
    }

    private func hasOnlyTexts(_ map: DocumentValue) -> Bool {
        var keys: [String] = []
        for (key, value) in map.members {
            let name = key.string ?? ""
            if value.kind != .string && value.kind != .null || keys.contains(name) { return false }
            // More are rare, and looked at in the other way.
            if keys.count > 16 { return false }
            keys.append(name)
        }
        return true
    }
}

extension DocumentValue {
    /// What Go's decoder calls a value that it cannot use.
    fileprivate func goKind(for shape: Shape) -> String {
        switch kind {
        case .null: return "null"
        case .boolean: return "bool"
        case .string: return "string"
        case .array: return "array"
        case .object: return "object"
        case .number: return [.int32, .int64, .intOrString].contains(shape.kind) ? "number \(text)" : "number"
        }
    }
}
