import ClusterModel
import Threads
import Yams

/// Reads the documents of YAML in a file, as kubectl does: lines that begin with `---` stand between them
/// (`k8s.io/apimachinery/pkg/util/yaml`), and each is read for itself (`sigs.k8s.io/yaml`). But a key that is given twice
/// is an error, as the API server has it.
///
/// - Throws: if one of them is not YAML: what kubectl would apply of the others is nothing.
func yamlDocuments(in bytes: [UInt8], file: String) throws(MalformedDocument) -> [FileDocument] {
    let pieces = try YAMLPiece.all(in: bytes)
    var documents: [FileDocument] = []
    for result in pieces.concurrentMap({ piece in
        Result { () throws(MalformedDocument) in try piece.documents(file: file) }
    }) {
        documents += try result.get()
    }
    return documents
}

/// What is between two lines that begin with `---`.
struct YAMLPiece: Sendable {
    var bytes: ArraySlice<UInt8>
    /// The line of the file in which it begins.
    var line: Int

    static func all(in bytes: [UInt8]) throws(MalformedDocument) -> [YAMLPiece] {
        var pieces: [YAMLPiece] = []
        var at = bytes.starts(with: DecodedDocument.byteOrderMark) ? DecodedDocument.byteOrderMark.count : 0
        var piece = YAMLPiece(bytes: bytes[at..<at], line: 1)
        var line = 1
        while at < bytes.count {
            let end = bytes[at...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? bytes.count
            if bytes[at..<end].starts(with: "---".utf8) {
                let rest = bytes[(at + 3)..<end].first { !isBlank($0) }
                guard rest == nil || rest == UInt8(ascii: "#") else {
                    throw malformed(
                        TextPosition(line: line, column: 4),
                        "only a comment may stand in the line of the --- between documents")
                }
                pieces.append(piece)
                piece = YAMLPiece(bytes: bytes[end..<end], line: line + 1)
            } else {
                piece.bytes = bytes[piece.bytes.startIndex..<end]
            }
            at = end
            line += 1
        }
        return (pieces + [piece]).filter { !$0.bytes.allSatisfy(isBlank) }
    }

    /// The document, if there is more than comments; of a text of JSON all documents.
    func documents(file: String) throws(MalformedDocument) -> [FileDocument] {
        let start = TextPosition(line: line)
        do throws(MalformedDocument) {
            let (tree, rest) = try tree(from: start)
            if rest != nil, let documents = documentsOfJSON(start) { return documents }
            guard let tree else { return [] }
            var document = FileDocument(document: tree)
            if let rest {
                var warning = Diagnostic(.warning, file: file, "nothing is read from here up to the next line of ---")
                warning.position = start.followed(by: rest)
                document.warning = warning
            }
            return [document]
        } catch {
            if let documents = documentsOfJSON(start) { return documents }
            var error = error
            error.position = start.followed(by: error.position)
            throw error
        }
    }

    /// JSON is YAML, but for some escapes, and for what needs nothing between documents.
    ///
    /// - Returns: nil if it is none.
    private func documentsOfJSON(_ start: TextPosition) -> [FileDocument]? {
        guard bytes.first(where: { !Self.isBlank($0) }) == UInt8(ascii: "{") else { return nil }
        do throws(MalformedDocument) {
            return try Document.all(inJSON: Array(bytes), from: start).map { FileDocument(document: $0) }
        } catch {
            return nil
        }
    }

    /// - Returns: nil if there is nothing; and where something begins that is not of the document.
    private func tree(
        from start: TextPosition
    ) throws(MalformedDocument) -> (document: Document?, rest: TextPosition?) {
        if let problem = YAMLBounds(bytes).problem { throw malformed(TextPosition(), problem) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw malformed(TextPosition(), "is not UTF-8")
        }
        do {
            // What plain text means is decided by the builder.
            let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
            guard let root = try parser.nextRoot() else { return (nil, nil) }
            var builder = YAMLTreeBuilder(textSize: bytes.count)
            // The parser keeps the anchors, by which the builder knows what it has met.
            let document = try withExtendedLifetime(parser) { try builder.document(of: root, from: start) }
            return (document, Self.rest(of: parser, in: bytes))
        } catch let error as MalformedDocument {
            throw error
        } catch {
            throw MalformedDocument(error, in: bytes)
        }
    }

    /// Where something follows the document, which kubectl does not look at; nil if nothing does.
    private static func rest(of parser: Parser, in bytes: ArraySlice<UInt8>) -> TextPosition? {
        do {
            return try parser.nextRoot().map { $0.mark.map { TextPosition($0) } ?? TextPosition() }
        } catch {
            return MalformedDocument(error, in: bytes).position
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { DecodedDocument.isBetweenDocuments(byte) && byte != 0x1e }
}

/// - Parameter position: Where in the piece.
func malformed(_ position: TextPosition, _ message: String) -> MalformedDocument {
    MalformedDocument(format: "YAML", position: position, message: message)
}

extension MalformedDocument {
    /// What Yams says.
    fileprivate init(_ error: any Error, in bytes: ArraySlice<UInt8>) {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let words = [context?.text, problem].compactMap { $0 }.joined(separator: ": ")
            self = malformed(TextPosition(mark), words)
        case .reader(let problem, let offset, _, _):
            self = malformed(TextPosition(after: bytes.prefix(offset ?? 0)), problem)
        case .duplicatedKeysInMapping(let keys, let context):
            self = malformed(TextPosition(context.mark), twiceWords(keys.first ?? ""))
        default: self = malformed(TextPosition(), "\(error)".shortened())
        }
    }
}

/// What is said of a key that an object has twice.
func twiceWords(_ key: String) -> String { "the key \(quoted(key)) is given twice" }

extension TextPosition {
    /// Columns are in characters here.
    init(_ mark: Mark) {
        self.init(line: mark.line, column: mark.column)
    }
}
