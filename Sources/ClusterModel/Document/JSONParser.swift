/// A text that is not JSON.
package struct JSONSyntaxError: Error, Equatable {
    /// The byte at which it stops being JSON.
    package var offset: Int
    /// What was expected there, or what is wrong.
    package var message: String
}

extension Document {
    /// Checks and indexes a text that is one value with nothing but white space around it.
    package init(json bytes: [UInt8]) throws(JSONSyntaxError) {
        var end = 0
        let document = try Document(json: bytes, at: &end)
        while end < bytes.count, JSONParser.isWhiteSpace(bytes[end]) { end += 1 }
        if end < bytes.count { throw bytes.withUnsafeBufferPointer { JSONParser($0, at: end).unexpected("the end") } }
        self = document
    }

    /// Checks and indexes a value in a text.
    ///
    /// - Parameters:
    ///   - offset: Where the value begins, if need be after white space; afterwards where it ends.
    ///   - textStart: Where in the file the text begins; nil if it is in none.
    init(
        json bytes: [UInt8], at offset: inout Int, textStart: TextPosition? = nil
    ) throws(JSONSyntaxError) {
        let start = offset
        let (nodes, end) = try bytes.withUnsafeBufferPointer { bytes throws(JSONSyntaxError) in
            var parser = JSONParser(bytes, at: start)
            try parser.parseOneValue()
            return (parser.nodes, parser.at)
        }
        offset = end
        self.init(bytes, nodes: nodes, start: textStart)
    }
}

/// Checks a text against the grammar of RFC 8259 and writes down where its values are.
struct JSONParser {
    /// Deeper nesting is refused: the parser calls itself for each level, and a thread's stack is limited.
    static let depthMax = 256

    private let bytes: UnsafeBufferPointer<UInt8>
    /// Up to where the text has been read.
    private(set) var at: Int
    private var depth = 0
    private(set) var nodes: [Document.Node] = []

    init(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) {
        self.bytes = bytes
        at = start
        // What follows the first value of a text may be as much again, or nothing.
        if start == 0 { nodes.reserveCapacity(bytes.count / 16) }
    }

    mutating func parseOneValue() throws(JSONSyntaxError) {
        guard bytes.count < Int(Int32.max) else {
            throw JSONSyntaxError(offset: 0, message: "is 2 GiB or longer")
        }
        skipWhiteSpace()
        try parseValue()
    }

    private mutating func parseValue() throws(JSONSyntaxError) {
        guard at < bytes.count else { throw unexpected("a value") }
        switch bytes[at] {
        case UInt8(ascii: "{"): try parseObject()
        case UInt8(ascii: "["): try parseArray()
        case UInt8(ascii: "\""): try parseString()
        case UInt8(ascii: "t"): try parseWord("true", .boolean)
        case UInt8(ascii: "f"): try parseWord("false", .boolean)
        case UInt8(ascii: "n"): try parseWord("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try parseNumber()
        default: throw unexpected("a value")
        }
    }

    private mutating func parseObject() throws(JSONSyntaxError) {
        let node = try open(.object)
        if !skip("}") {
            repeat {
                skipWhiteSpace()
                guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw unexpected("a key in quotes") }
                try parseString()
                skipWhiteSpace()
                guard skip(":") else { throw unexpected("a colon") }
                skipWhiteSpace()
                try parseValue()
                skipWhiteSpace()
            } while skip(",")
            guard skip("}") else { throw unexpected("a comma or }") }
        }
        close(node)
    }

    private mutating func parseArray() throws(JSONSyntaxError) {
        let node = try open(.array)
        if !skip("]") {
            repeat {
                skipWhiteSpace()
                try parseValue()
                skipWhiteSpace()
            } while skip(",")
            guard skip("]") else { throw unexpected("a comma or ]") }
        }
        close(node)
    }

    private mutating func open(_ kind: Document.Kind) throws(JSONSyntaxError) -> Int {
        depth += 1
        guard depth <= Self.depthMax else {
            throw JSONSyntaxError(offset: at, message: "is nested more than \(Self.depthMax) levels deep")
        }
        nodes.append(.init(kind: kind, start: Int32(at), end: 0))
        at += 1
        skipWhiteSpace()
        return nodes.count - 1
    }

    private mutating func close(_ node: Int) {
        depth -= 1
        nodes[node].end = Int32(at)
        nodes[node].next = Int32(nodes.count)
    }

    private mutating func leaf(_ kind: Document.Kind, _ range: Range<Int>, hasEscapes: Bool = false) {
        nodes.append(
            .init(
                kind: kind, hasEscapes: hasEscapes, start: Int32(range.lowerBound), end: Int32(range.upperBound),
                next: Int32(nodes.count + 1)))
    }

    private mutating func parseString() throws(JSONSyntaxError) {
        at += 1
        let start = at
        var hasEscapes = false
        while at < bytes.count {
            switch bytes[at] {
            case UInt8(ascii: "\""):
                leaf(.string, start..<at, hasEscapes: hasEscapes)
                at += 1
                return
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try parseEscape()
            case 0..<0x20: throw JSONSyntaxError(offset: at, message: "a control character in a string")
            default: at += 1
            }
        }
        throw unexpected("the closing quote of a string")
    }

    private mutating func parseEscape() throws(JSONSyntaxError) {
        at += 1
        guard at < bytes.count else { throw unexpected("the rest of an escape") }
        if bytes[at] == UInt8(ascii: "u") {
            guard at + 4 < bytes.count, bytes[(at + 1)...(at + 4)].allSatisfy({ hexValue($0) != nil }) else {
                throw JSONSyntaxError(offset: at, message: "expected four hexadecimal digits after \\u")
            }
            at += 5
        } else {
            guard simpleEscape(bytes[at]) != nil else { throw unexpected("the rest of an escape") }
            at += 1
        }
    }

    private mutating func parseNumber() throws(JSONSyntaxError) {
        let start = at
        _ = skip("-")
        if !skip("0") { try parseDigits() }
        if skip(".") { try parseDigits() }
        if skip("e") || skip("E") {
            _ = skip("+") || skip("-")
            try parseDigits()
        }
        leaf(.number, start..<at)
    }

    private mutating func parseDigits() throws(JSONSyntaxError) {
        let start = at
        while at < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[at]) { at += 1 }
        if at == start { throw unexpected("a digit") }
    }

    private mutating func parseWord(_ word: StaticString, _ kind: Document.Kind) throws(JSONSyntaxError) {
        let start = at
        for index in 0..<word.utf8CodeUnitCount {
            guard at < bytes.count, bytes[at] == word.utf8Start[index] else { throw unexpected("\(word)") }
            at += 1
        }
        leaf(kind, start..<at)
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard at < bytes.count, bytes[at] == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    private mutating func skipWhiteSpace() {
        while at < bytes.count, Self.isWhiteSpace(bytes[at]) { at += 1 }
    }

    static func isWhiteSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0a || byte == 0x09 || byte == 0x0d
    }

    func unexpected(_ expected: String) -> JSONSyntaxError {
        guard at < bytes.count else {
            return JSONSyntaxError(offset: at, message: "it ends where \(expected) was expected")
        }
        let byte = bytes[at]
        let found = (0x21...0x7e).contains(byte) ? "\(Unicode.Scalar(byte))" : "byte 0x\(String(byte, radix: 16))"
        return JSONSyntaxError(offset: at, message: "expected \(expected), found \(found)")
    }
}
