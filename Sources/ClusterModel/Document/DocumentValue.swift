/// One value of a ``Document``; of use only within ``Document/withRoot(_:)``.
package struct DocumentValue {
    /// The document's memory.
    struct Tree {
        let bytes: UnsafeBufferPointer<UInt8>
        let nodes: UnsafeBufferPointer<Document.Node>
        /// Empty if the bytes are the text.
        let positions: UnsafeBufferPointer<TextPosition>
        let start: TextPosition?

        /// Where in the file these nodes begin, by their indices; nothing if the text is in none. What has to be counted
        /// is counted in one pass over the text.
        func places(ofNodes indices: some Sequence<Int>) -> [Int: TextPosition] {
            guard let start else { return [:] }
            var places: [Int: TextPosition] = [:]
            var (counted, counter) = (0, TextPosition())
            for index in Set(indices).sorted() {
                if positions.isEmpty {
                    // Nodes are in the order of the text.
                    let begin = Int(nodes[index].start)
                    counter.advance(over: bytes[counted..<begin])
                    counted = begin
                }
                places[index] = start.followed(by: positions.isEmpty ? counter : positions[index])
            }
            return places
        }
    }

    /// Many values are handed around: each is two words.
    let memory: UnsafePointer<Tree>
    let index: Int

    var tree: Tree { memory.pointee }
    var node: Document.Node { memory.pointee.nodes[index] }
    package var kind: Document.Kind { node.kind }

    /// The bytes of the value; of a string, those between the quotes.
    package var source: Slice<UnsafeBufferPointer<UInt8>> {
        let node = node
        return memory.pointee.bytes[Int(node.start)..<Int(node.end)]
    }

    /// The value of a string; nil for anything else.
    package var string: String? {
        let node = node
        guard node.kind == .string else { return nil }
        if node.hasEscapes { return unescaped(Array(source)) }
        return String(decoding: UnsafeBufferPointer(rebasing: source), as: UTF8.self)
    }

    /// Whether it is a string that is written like this, without escapes.
    package func isWritten(_ text: StaticString) -> Bool {
        let node = node
        let count = Int(node.end - node.start)
        guard node.kind == .string, count == text.utf8CodeUnitCount else { return false }
        let (start, bytes) = (Int(node.start), memory.pointee.bytes)
        for offset in 0..<count where bytes[start + offset] != text.utf8Start[offset] { return false }
        return true
    }

    /// The value of a number that is whole, however it is written (`80`, `8e1`), if it fits; nil for anything else.
    package var integer: Int? {
        guard kind == .number else { return nil }
        if let plain = plainInteger { return plain }
        let text = String(decoding: source, as: UTF8.self)
        return Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
    }

    /// The value of a number that is written in digits alone, but for a sign, as Go's decoder wants it for a whole number;
    /// nil for anything else.
    package var writtenInteger: Int? {
        guard kind == .number else { return nil }
        return plainInteger ?? Int(String(decoding: source, as: UTF8.self))
    }

    /// The value of a number of few digits and nothing else.
    private var plainInteger: Int? {
        let source = source
        guard source.count < 16 else { return nil }
        var value = 0
        for byte in source {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return value
    }

    /// The value of `true` or `false`; nil for anything else.
    package var boolean: Bool? {
        let node = node
        return node.kind == .boolean ? memory.pointee.bytes[Int(node.start)] == UInt8(ascii: "t") : nil
    }

    /// The elements of an array; none for anything else.
    package var elements: Elements { Elements(parent: self, isArray: kind == .array) }

    /// The members of an object in the order written, each key a string; none for anything else.
    package var members: Members { Members(parent: self) }

    /// The member of an object with this key, the last one if there are several; nil if there is none, or if it is
    /// `null`, which means the same to the Kubernetes API.
    package subscript(key: String) -> DocumentValue? {
        let node = node
        guard node.kind == .object else { return nil }
        var found: Int?
        var child = index + 1
        let end = Int(node.next)
        let nodes = memory.pointee.nodes
        var key = key
        key.withUTF8 { key in
            while child < end {
                let name = nodes[child]
                if matches(name, key) { found = child + 1 }
                child = Int(nodes[child + 1].next)
            }
        }
        guard let found, nodes[found].kind != .null else { return nil }
        return DocumentValue(memory: memory, index: found)
    }

    private func matches(_ name: Document.Node, _ key: UnsafeBufferPointer<UInt8>) -> Bool {
        guard Int(name.end - name.start) == key.count else { return false }
        let start = Int(name.start)
        let bytes = memory.pointee.bytes
        for offset in 0..<key.count where bytes[start + offset] != key[offset] { return false }
        return true
    }

    /// The value at a path; if there is none, that in which it would be.
    package func nearest(to path: FieldPath) -> DocumentValue {
        var value = self
        for step in path.steps {
            let inner: DocumentValue? =
                switch step {
                case .key(let key), .entry(let key): value[key]
                case .index(let index): value.elements.dropFirst(index).first { _ in true }
                }
            guard let inner else { break }
            value = inner
        }
        return value
    }

    /// Where in the file these values of its document begin, as far as that is known.
    package func places(of values: [DocumentValue]) -> [TextPosition?] {
        let places = tree.places(ofNodes: values.lazy.map(\.index))
        return values.map { places[$0.index] }
    }

    /// The members of an object, one after another.
    package struct Members: Sequence, IteratorProtocol {
        private let memory: UnsafePointer<Tree>
        private var child: Int
        private let end: Int

        init(parent: DocumentValue) {
            memory = parent.memory
            child = parent.index + 1
            end = parent.kind == .object ? Int(parent.node.next) : child
        }

        package mutating func next() -> (key: DocumentValue, value: DocumentValue)? {
            guard child < end else { return nil }
            let member = (DocumentValue(memory: memory, index: child), DocumentValue(memory: memory, index: child + 1))
            child = Int(member.1.node.next)
            return member
        }
    }

    /// The elements of an array, one after another.
    package struct Elements: Sequence, IteratorProtocol {
        private let memory: UnsafePointer<Tree>
        private var child: Int
        private let end: Int

        init(parent: DocumentValue, isArray: Bool) {
            memory = parent.memory
            child = parent.index + 1
            end = isArray ? Int(parent.node.next) : child
        }

        package var isEmpty: Bool { child == end }

        /// How many there are. Each is looked at.
        package var count: Int { reduce(0) { count, _ in count + 1 } }

        package mutating func next() -> DocumentValue? {
            guard child < end else { return nil }
            let value = DocumentValue(memory: memory, index: child)
            child = Int(value.node.next)
            return value
        }
    }
}

/// The characters of a string with escapes. A lone surrogate, which is no character, becomes U+FFFD.
private func unescaped(_ source: [UInt8]) -> String {
    var units: [UInt16] = []
    var plain: [UInt8] = []
    var text = ""
    func flush() {
        text += String(decoding: units, as: UTF16.self) + String(decoding: plain, as: UTF8.self)
        units.removeAll()
        plain.removeAll()
    }
    var at = 0
    while at < source.count {
        guard source[at] == UInt8(ascii: "\\") else {
            if !units.isEmpty { flush() }
            plain.append(source[at])
            at += 1
            continue
        }
        if !plain.isEmpty { flush() }
        let escape = source[at + 1]
        if escape == UInt8(ascii: "u") {
            units.append(source[(at + 2)..<(at + 6)].reduce(0) { $0 << 4 | UInt16(hexValue($1) ?? 0) })
            at += 6
        } else {
            units.append(UInt16(simpleEscape(escape) ?? escape))
            at += 2
        }
    }
    flush()
    return text
}

/// The character that a backslash and this character stand for; nil if nothing.
func simpleEscape(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): byte
    case UInt8(ascii: "b"): 0x08
    case UInt8(ascii: "f"): 0x0c
    case UInt8(ascii: "n"): 0x0a
    case UInt8(ascii: "r"): 0x0d
    case UInt8(ascii: "t"): 0x09
    default: nil
    }
}

/// The value of a hexadecimal digit; nil if it is none.
func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
