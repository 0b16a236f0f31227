import ClusterModel

/// What a file says. Formats of files are told apart here, and nowhere else.
struct DecodedFile: Sendable {
    /// Its documents; or why nothing of it may be used, since it may be half-written.
    var documents: Result<[DecodedDocument], MalformedDocument>
    /// Whether nothing shows that the end of it is not cut off: what is left of YAML is YAML nearly everywhere, and what
    /// is left of a line often too.
    var mayBeCut = false

    init(_ bytes: [UInt8], file: String) {
        if Self.isYAML(bytes, file) {
            documents = Result { () throws(MalformedDocument) in try yamlDocuments(in: bytes, file: file) }
            mayBeCut = bytes.last != UInt8(ascii: "\n")
        } else {
            documents = Result { () throws(MalformedDocument) in try DecodedDocument.all(in: bytes, file: file) }
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
