/// A text that is no JSON.
struct JSONSyntaxError: Error, Equatable {
    /// The byte at which it stops being JSON.
    var offset: Int
    /// What was expected there, or what is wrong.
    var message: String
}

/// One JSON text (RFC 8259), checked as a whole and kept as the bytes with an index over them.
///
/// Foundation's `JSONDecoder` does not serve here: on Linux it neither says where a text stops being JSON nor tells such
/// a text from one that has a fraction where a whole number belongs, and it stops at the first field that is wrong.
final class Document: Sendable {
    /// What a value is.
    enum Kind: UInt8, Sendable { case null, boolean, number, string, array, object }

    /// A value; those inside it follow it, and in an object each of them follows the string that is its key.
    struct Node: Sendable {
        var kind: Kind
        /// Whether a string has escapes, so that its bytes are not its characters.
        var hasEscapes = false
        /// The bytes of the value; without the quotes for a string.
        var start: Int32
        var end: Int32
        /// The index of the first node after this value and all that is in it.
        var next: Int32 = 0
    }

    let bytes: [UInt8]
    let nodes: [Node]

    /// Checks and indexes a text that is one value with nothing but white space around it.
    init(_ bytes: [UInt8]) throws(JSONSyntaxError) {
        var parser = JSONParser(bytes)
        try parser.parseDocument()
        self.bytes = bytes
        nodes = parser.nodes
    }

    /// The value that the text is.
    var root: DocumentValue { DocumentValue(document: self, index: 0) }
}

/// One value of a document.
struct DocumentValue: Sendable {
    let document: Document
    let index: Int

    var node: Document.Node { document.nodes[index] }
    var kind: Document.Kind { node.kind }

    /// The bytes of the value; of a string, those between the quotes.
    var source: ArraySlice<UInt8> { document.bytes[Int(node.start)..<Int(node.end)] }

    /// The value of a string; nil for anything else.
    var string: String? {
        guard kind == .string else { return nil }
        return node.hasEscapes ? unescaped(source) : String(decoding: source, as: UTF8.self)
    }

    /// The value of a number that is whole, however it is written (`80`, `8e1`), if it fits; nil for anything else.
    var integer: Int? {
        guard kind == .number else { return nil }
        let text = String(decoding: source, as: UTF8.self)
        return Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
    }

    /// The value of `true` or `false`; nil for anything else.
    var boolean: Bool? { kind == .boolean ? source.count == 4 : nil }

    /// The elements of an array; none for anything else.
    var elements: [DocumentValue] {
        kind == .array ? children.map { DocumentValue(document: document, index: $0) } : []
    }

    /// The members of an object in the order written; none for anything else.
    var members: [(key: String, value: DocumentValue)] {
        guard kind == .object else { return [] }
        let indices = children
        return stride(from: 0, to: indices.count, by: 2).compactMap { pair in
            DocumentValue(document: document, index: indices[pair]).string.map {
                ($0, DocumentValue(document: document, index: indices[pair + 1]))
            }
        }
    }

    /// The member of an object with this key, the last one if there are several; nil if there is none, or if it is
    /// `null`, which means the same to the Kubernetes API.
    subscript(key: String) -> DocumentValue? {
        guard kind == .object else { return nil }
        var found: Int?
        var child = index + 1
        let end = Int(node.next)
        let key = key.utf8
        while child < end {
            let name = document.nodes[child]
            if Int(name.end - name.start) == key.count, matches(name, key) { found = child + 1 }
            child = Int(document.nodes[child + 1].next)
        }
        guard let found, document.nodes[found].kind != .null else { return nil }
        return DocumentValue(document: document, index: found)
    }

    private func matches(_ name: Document.Node, _ key: String.UTF8View) -> Bool {
        var at = Int(name.start)
        for byte in key {
            if document.bytes[at] != byte { return false }
            at += 1
        }
        return true
    }

    private var children: [Int] {
        var result: [Int] = []
        var child = index + 1
        while child < Int(node.next) {
            result.append(child)
            child = Int(document.nodes[child].next)
        }
        return result
    }
}

/// The characters of a string with escapes. A lone surrogate, which is no character, becomes U+FFFD.
private func unescaped(_ source: ArraySlice<UInt8>) -> String {
    var units: [UInt16] = []
    var plain: [UInt8] = []
    var text = ""
    func flush() {
        text += String(decoding: units, as: UTF16.self) + String(decoding: plain, as: UTF8.self)
        units.removeAll()
        plain.removeAll()
    }
    var at = source.startIndex
    while at < source.endIndex {
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
