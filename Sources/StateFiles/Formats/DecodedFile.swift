import Admission
import ClusterModel
import Threads

/// What a file says of objects. What the API server would not take of anybody is refused: whoever writes files can put it
/// right.
struct DecodedFile: Sendable {
    /// Its documents; or why nothing of it may be used, since it may be half-written.
    var documents: Result<[DecodedDocument], MalformedDocument>
    /// Whether nothing shows that the end of it is not cut off.
    var mayBeCut: Bool

    init(_ bytes: [UInt8], file: String) {
        let contents = FileDocuments(bytes, file: file)
        mayBeCut = contents.mayBeCut
        documents = contents.documents.map { documents in
            documents.concurrentMap { DecodedDocument($0, file: file) }
        }
    }
}

extension DecodedDocument {
    fileprivate init(_ contents: FileDocument, file: String) {
        self.init(contents.document, file: file, check: { Admission.problems(with: $0, $1) })
        if let warning = contents.warning { diagnostics.append(warning) }
    }
}
