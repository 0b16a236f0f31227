/// A text, checked as a whole and kept as its bytes with a tree of nodes over them, whatever the text's format is: a parser
/// (``JSONParser``) makes the nodes, and what reads fields knows nothing else.
///
/// Foundation's `JSONDecoder` does not serve here: on Linux it neither says where a text stops being JSON nor tells such
/// a text from one that has a fraction where a whole number belongs, and it stops at the first field that is wrong.
package struct Document: Sendable {
    /// What a value is.
    package enum Kind: UInt8, Sendable { case null, boolean, number, string, array, object }

    /// A value; those inside it follow it, and in an object each of them follows the string that is its key.
    package struct Node: Sendable {
        /// What it is.
        package var kind: Kind
        /// Whether a string has escapes, so that its bytes are not its characters.
        package var hasEscapes = false
        /// Where the bytes of the value begin; without the quotes for a string.
        package var start: Int32
        /// Where they end.
        package var end: Int32
        /// The index of the first node after this value and all that is in it.
        package var next: Int32 = 0

        package init(kind: Kind, hasEscapes: Bool = false, start: Int32, end: Int32, next: Int32 = 0) {
            self.kind = kind
            self.hasEscapes = hasEscapes
            self.start = start
            self.end = end
            self.next = next
        }
    }

    /// The bytes that the nodes are over.
    let bytes: [UInt8]
    let nodes: [Node]
    /// Where in the text each node begins; empty if `bytes` are the text.
    let positions: [TextPosition]
    /// Where in the file the text begins; nil if it is in none, so that lines say nothing.
    let start: TextPosition?

    /// A tree over these bytes.
    ///
    /// - Parameters:
    ///   - nodes: At least one, the root first. Numbers, `true`, `false` and `null` are written as in JSON.
    ///   - positions: Where in the text each node begins; empty if `bytes` are the text.
    ///   - start: Where in the file the text begins; nil if it is in none.
    package init(_ bytes: [UInt8], nodes: [Node], positions: [TextPosition] = [], start: TextPosition? = nil) {
        self.bytes = bytes
        self.nodes = nodes
        self.positions = positions
        self.start = start
    }

    /// Calls `body` with the value that the text is. The value, and all that is found in it, must not leave `body`: it refers
    /// to the document's memory without holding it, since to count references of each of a million values would cost more
    /// than to read them.
    package func withRoot<Result>(_ body: (DocumentValue) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { bytes in
            nodes.withUnsafeBufferPointer { nodes in
                positions.withUnsafeBufferPointer { positions in
                    let tree = DocumentValue.Tree(bytes: bytes, nodes: nodes, positions: positions, start: start)
                    return withUnsafePointer(to: tree) { body(DocumentValue(memory: $0, index: 0)) }
                }
            }
        }
    }
}

/// A place in a text.
package struct TextPosition: Hashable, Sendable, CustomStringConvertible {
    /// From 1.
    package var line = 1
    /// The byte in the line, from 1.
    package var column = 1

    package init(line: Int = 1, column: Int = 1) {
        self.line = line
        self.column = column
    }

    /// The place after these bytes, from the beginning on.
    package init(after bytes: some Sequence<UInt8>) {
        advance(over: bytes)
    }

    /// Moves on over these bytes.
    package mutating func advance(over bytes: some Sequence<UInt8>) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else {
                column += 1
            }
        }
    }

    /// The same place in a text in which that one begins here.
    package func followed(by inner: TextPosition) -> TextPosition {
        var position = self
        position.line += inner.line - 1
        position.column = inner.line == 1 ? column + inner.column - 1 : inner.column
        return position
    }

    /// `line 3, column 7`.
    package var description: String { "line \(line), column \(column)" }
}
