/// What a document says of one object.
package enum DecodedEdit: Hashable, Sendable {
    /// The object is this.
    case put(ClusterObject)
    /// The object is gone: a watch event said so.
    case delete(ObjectReference)
    /// The object cannot be used as it is, for which there is a diagnostic; its last good version stays in force. Nil
    /// if the document does not say which object it is. The second is the Service that it is, or that it belongs to,
    /// as far as that can be told.
    case refused(ObjectReference?, of: NamespacedName? = nil)

    /// The object that it is about, if it is known.
    package var reference: ObjectReference? {
        switch self {
        case .put(let object): object.reference
        case .delete(let reference): reference
        case .refused(let reference, _): reference
        }
    }
}

/// What a document says of how much of a kind there is.
package enum KindListing: Hashable, Sendable {
    /// These are all objects of the kind that there are, or one page of them: a typed list, such as `ServiceList`,
    /// which says by `metadata.continue` that there are further pages.
    case list(ObjectKind, isLastPage: Bool)
    /// All objects of these kinds that there are, or some of them: a v1 `List`, which does not say whether it is all.
    case mixedList(Set<ObjectKind>)
    /// These are objects of a kind that is not read.
    case otherList
    /// All objects of the kind that there were at the start of a watch have now been sent: a `BOOKMARK` event with the
    /// annotation `k8s.io/initial-events-end` (KEP-3157).
    case end(ObjectKind)
    /// The server has ended the watch; whoever follows has to list all kinds anew: an `ERROR` event.
    case watchEnded
}

/// A document that is not of its format, perhaps because it is not all there yet. Nothing of it can be used.
package struct MalformedDocument: Error, Hashable, CustomStringConvertible {
    /// What it should be.
    package var format: String

    /// Where it stops being that.
    package var position: TextPosition

    /// What is wrong there.
    package var message: String

    package init(format: String = "JSON", position: TextPosition, message: String) {
        self.format = format
        self.position = position
        self.message = message
    }

    /// `no valid JSON at line 1, column 5: expected a colon, found ,`.
    package var description: String { "no valid \(format) at \(position): \(message)" }
}

/// Rules for an object beyond those that have to hold for it to be served: what is wrong with an object of this kind,
/// in the form of the kind's newest version. If it is of a wrong type, that is all that is said.
package typealias ObjectCheck = @Sendable (DocumentValue, ObjectKind) -> [FieldProblem]

/// One document of Kubernetes objects: an object, a `List`, a typed list such as `ServiceList`, or a watch event
/// (`{"type": "ADDED", "object": {...}}`).
///
/// The kinds of ``ObjectKind`` are read; objects of other kinds are passed over in silence. An object that is wrong
/// does not keep the others in its list from being read. What can be said of one document has a limit.
package struct DecodedDocument: Hashable, Sendable {
    /// What it says of objects, in its order.
    package var edits: [DecodedEdit] = []

    /// What is wrong with it.
    package var diagnostics: [Diagnostic] = []

    /// Whether it is a watch event, of which many may be about one object.
    package var isWatchEvent = false

    /// What it says of how much of a kind there is.
    package var listing: KindListing?

    /// A document that says nothing.
    init() {}

    /// Reads a document of JSON that is in no file, so that lines say nothing.
    ///
    /// - Parameters:
    ///   - bytes: The whole document and nothing else, in UTF-8.
    ///   - file: The name for diagnostics.
    /// - Throws: if it is not JSON at all.
    package init(_ bytes: [UInt8], file: String) throws(MalformedDocument) {
        do {
            self.init(try Document(json: bytes), file: file)
        } catch {
            throw MalformedDocument(error, in: bytes)
        }
    }

    /// Reads a document of any format.
    ///
    /// - Parameters:
    ///   - file: The name for diagnostics.
    ///   - check: What else is asked of an object that is given; nil if all that can be served is taken.
    package init(_ document: Document, file: String, check: ObjectCheck? = nil) {
        self = document.withRoot { root in
            var reader = DocumentReader(file: file, check: check)
            reader.readDocument(root)
            return reader.result(in: root.tree)
        }
    }

    /// What some editors write before the first document.
    package static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

    /// Whether the byte may stand between documents: white space, or the record separator.
    package static func isBetweenDocuments(_ byte: UInt8) -> Bool {
        JSONParser.isWhiteSpace(byte) || byte == 0x1e
    }
}

extension Document {
    /// Reads the documents of JSON in a file, which follow each other with any white space, record separators (RFC
    /// 7464) or nothing between them.
    ///
    /// - Parameters:
    ///   - bytes: The whole text, in UTF-8.
    ///   - start: Where in the file the text begins.
    /// - Throws: if one of them is not JSON; its position is that in the text.
    package static func all(
        inJSON bytes: [UInt8], from start: TextPosition = TextPosition()
    ) throws(MalformedDocument) -> [Document] {
        var documents: [Document] = []
        let mark = DecodedDocument.byteOrderMark
        var at = bytes.starts(with: mark) ? mark.count : 0
        while true {
            while at < bytes.count, DecodedDocument.isBetweenDocuments(bytes[at]) { at += 1 }
            if at == bytes.count { return documents }
            do {
                documents.append(try Document(json: bytes, at: &at, textStart: start))
            } catch {
                throw MalformedDocument(error, in: bytes)
            }
        }
    }
}

extension MalformedDocument {
    fileprivate init(_ error: JSONSyntaxError, in bytes: [UInt8]) {
        self.init(position: TextPosition(after: bytes.prefix(error.offset)), message: error.message)
    }
}
