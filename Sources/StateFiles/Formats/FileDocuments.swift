package import ClusterModel

/// A document of a file.
package struct FileDocument: Sendable {
    package var document: Document
    /// What is to be said of it before anybody looks into it.
    package var warning: Diagnostic?
}

/// The documents of a file. Formats of files are told apart here, and nowhere else.
package struct FileDocuments: Sendable {
    /// In their order; or why nothing of the file may be used, since it may be half-written.
    package var documents: Result<[FileDocument], MalformedDocument>
    /// Whether nothing shows that the end of it is not cut off: what is left of YAML is YAML nearly everywhere, and what
    /// is left of a line often too.
    package var mayBeCut = false

    package init(_ bytes: [UInt8], file: String) {
        if Self.isYAML(bytes, file) {
            documents = Result { () throws(MalformedDocument) in try yamlDocuments(in: bytes, file: file) }
            mayBeCut = bytes.last != UInt8(ascii: "\n")
        } else {
            documents = Result { () throws(MalformedDocument) in
                try Document.all(inJSON: bytes).map { FileDocument(document: $0) }
            }
        }
    }

    /// A file of a name that does not say what it is is JSON if it begins like that.
    private static func isYAML(_ bytes: [UInt8], _ file: String) -> Bool {
        if file.hasSuffix(".yaml") || file.hasSuffix(".yml") { return true }
        if file.hasSuffix(".json") || bytes.starts(with: DecodedDocument.byteOrderMark) { return false }
        guard let first = bytes.first(where: { !DecodedDocument.isBetweenDocuments($0) }) else { return false }
        return first != UInt8(ascii: "{") && first != UInt8(ascii: "[")
    }
}
