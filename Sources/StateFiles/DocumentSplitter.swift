import ClusterModel

/// Cuts a stream of bytes, as it arrives, into JSON documents that follow each other with any white space, record
/// separators (RFC 7464) or nothing between.
///
/// It does not judge: what cannot be JSON any more is cut off at that place, and the decoder says what is wrong with it.
struct DocumentSplitter {
    /// Bytes that are perhaps a document.
    struct Document: Equatable {
        var bytes: [UInt8]
        var position: TextPosition
        /// Whether it is longer than a document may be; its bytes are not kept then.
        var isTooLong = false
    }

    private var buffer: [UInt8] = []
    /// What is before it has been dealt with; from here to `cut` is the document last given.
    private var start = 0
    private var cut = 0
    /// The place of `start`.
    private var position = TextPosition()
    private var scanner = DocumentScanner()
    /// Whether the next line that begins with `{` is looked for.
    private var isSearching = false
    /// Whether a document ends before the next line that begins with `{`: what a damaged document was cut from is looked
    /// through only once more, however often it seems to begin there.
    private var isLineLimited = false
    /// Up to where damaged documents went.
    private var damageEnd = 0
    private var isAtStart = true
    private let documentMax: Int

    /// A splitter that has seen nothing.
    ///
    /// - Parameter documentMax: How many bytes a document may have.
    init(documentMax: Int = .max) {
        self.documentMax = documentMax
    }

    /// Takes the next bytes of the stream.
    mutating func append(_ bytes: some Collection<UInt8>) {
        if start > 0, start >= buffer.count / 2 {
            buffer.removeFirst(start)
            cut -= start
            damageEnd -= start
            start = 0
        }
        buffer += bytes
    }

    /// How many bytes are kept in memory.
    var bufferedBytes: Int { buffer.count }

    /// The next document; nil until more bytes have come.
    mutating func next() -> Document? {
        moveStart(to: cut)
        guard skipToDocument() else { return nil }
        guard let end = scanner.end(in: buffer, from: start, isLineLimited: isLineLimited) else {
            return buffer.count - start > documentMax ? giveUp(upTo: buffer.count) : nil
        }
        return end - start > documentMax ? giveUp(upTo: end) : give(upTo: end)
    }

    /// What is left when the stream has ended; nil if nothing is.
    mutating func finish() -> Document? {
        if let document = next() { return document }
        return cut < buffer.count && skipToDocument() ? give(upTo: buffer.count) : nil
    }

    /// The document last given was not JSON: goes on at the next line that starts with `{`, which may be inside that document.
    mutating func resynchronize() {
        guard start < cut else { return }
        damageEnd = max(damageEnd, cut)
        cut = start
        moveStart(to: start + 1)
        isSearching = true
        isLineLimited = true
    }

    /// The document last given was JSON.
    mutating func accept() {
        if cut >= damageEnd { isLineLimited = false }
    }

    private mutating func giveUp(upTo end: Int) -> Document {
        let document = Document(bytes: [], position: position, isTooLong: true)
        scanner = DocumentScanner()
        moveStart(to: end)
        damageEnd = max(damageEnd, end)
        isSearching = true
        isLineLimited = true
        return document
    }

    private mutating func give(upTo end: Int) -> Document {
        cut = end
        scanner = DocumentScanner()
        return Document(bytes: Array(buffer[start..<end]), position: position)
    }

    private mutating func moveStart(to index: Int) {
        guard index > start else { return }
        position.advance(over: buffer[start..<index])
        start = index
        cut = index
    }

    /// Moves to the first byte of a document; false if there is none yet.
    private mutating func skipToDocument() -> Bool {
        if scanner.hasBegun { return true }
        if isSearching {
            var at = start
            while at + 1 < buffer.count, buffer[at] != UInt8(ascii: "\n") || buffer[at + 1] != UInt8(ascii: "{") {
                at += 1
            }
            moveStart(to: at)
            guard at + 1 < buffer.count else { return false }
            isSearching = false
        }
        var at = start
        if isAtStart {
            let mark = DecodedDocument.byteOrderMark
            if buffer[at...].starts(with: mark) {
                at += mark.count
            } else if mark.starts(with: buffer[at...]) {
                return false
            }
            isAtStart = false
        }
        while at < buffer.count, DecodedDocument.isBetweenDocuments(buffer[at]) { at += 1 }
        moveStart(to: at)
        return at < buffer.count
    }
}

/// Finds the end of one document, over as many pieces as it comes in.
private struct DocumentScanner {
    /// How many bytes have been looked at.
    private var offset = 0
    private var openers: [UInt8] = []
    private var isInString = false
    private var isEscaped = false
    /// The last byte that was no white space.
    private var previous: UInt8 = 0

    var hasBegun: Bool { offset > 0 }

    /// The index after the document that begins at `start`; nil if it goes on after the end of the buffer.
    mutating func end(in buffer: [UInt8], from start: Int, isLineLimited: Bool) -> Int? {
        let isStructured = buffer[start] == UInt8(ascii: "{") || buffer[start] == UInt8(ascii: "[")
        for index in (start + offset)..<buffer.count {
            let byte = buffer[index]
            if isLineLimited, byte == UInt8(ascii: "{"), index > start, buffer[index - 1] == UInt8(ascii: "\n") {
                return index
            }
            if !isStructured {
                if byte == UInt8(ascii: "\n") { return index }
            } else if isInString {
                // A line end cannot be in a string: the rest of this document is missing.
                if byte == UInt8(ascii: "\n") { return index + 1 }
                takeStringByte(byte)
            } else if takeByte(byte) {
                return index + 1
            }
        }
        offset = buffer.count - start
        return nil
    }

    private mutating func takeStringByte(_ byte: UInt8) {
        if isEscaped {
            isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
            isInString = false
            previous = byte
        }
    }

    /// - Returns: whether the document ends here, because it is complete or because it cannot go on like this.
    private mutating func takeByte(_ byte: UInt8) -> Bool {
        if byte == 0x20 || byte == 0x0a || byte == 0x09 || byte == 0x0d { return false }
        defer { previous = byte }
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            if !mayOpen { return true }
            openers.append(byte)
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            // The closing characters are two after the opening ones.
            let opener = openers.popLast() ?? 0
            return opener != byte - 2 || openers.isEmpty
        default: break
        }
        return false
    }

    private var mayOpen: Bool {
        switch openers.last {
        case nil: true
        case UInt8(ascii: "{"): previous == UInt8(ascii: ":")
        default: previous == UInt8(ascii: "[") || previous == UInt8(ascii: ",")
        }
    }
}
