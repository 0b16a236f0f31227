import ClusterModel

/// What one file says of the cluster.
struct FileContents {
    /// The objects that can be used.
    var objects: [ObjectReference: ClusterObject] = [:]
    /// The objects that it has, but that cannot be used as they are, and the Services that they are of.
    var refused: [ObjectReference: NamespacedName?] = [:]
    /// How many objects it has of which it is not known which they are.
    var unnamedCount = 0
    /// What is wrong with it.
    var diagnostics: [Diagnostic] = []
    /// Whether it has no document at all.
    var isEmpty = true

    /// Reads the bytes of a file.
    ///
    /// - Returns: nil if something in it is no JSON, so that nothing of it may be used, for it may be half-written; and
    ///   what is to be said about it.
    static func read(_ bytes: [UInt8], file: String) -> (contents: FileContents?, diagnostics: [Diagnostic]) {
        var splitter = DocumentSplitter()
        splitter.append(bytes)
        var contents = FileContents()
        while let document = splitter.next() ?? splitter.finish() {
            contents.isEmpty = false
            do {
                contents.apply(try DecodedDocument(document.bytes, file: file), file)
            } catch {
                return (nil, [document.diagnostic(error, file)])
            }
        }
        return (contents, contents.diagnostics)
    }

    private mutating func apply(_ document: DecodedDocument, _ file: String) {
        diagnostics += document.diagnostics
        for edit in document.edits {
            switch edit {
            case .put(let object):
                let reference = object.reference
                refused[reference] = nil
                if objects.updateValue(object, forKey: reference) != nil, !document.isWatchEvent {
                    diagnostics.append(
                        Diagnostic(
                            .warning, file: file, object: reference.description,
                            "is in this file more than once; the last one is used"))
                }
            case .delete(let reference):
                objects[reference] = nil
                refused[reference] = nil
            case .refused(let reference?, let service):
                // The last one decides, as among those that can be used.
                refused.updateValue(service, forKey: reference)
            case .refused(nil, _): unnamedCount += 1
            }
        }
    }
}

extension DocumentSplitter.Document {
    /// What to say of this document if it is no JSON.
    func diagnostic(_ error: MalformedDocument, _ file: String) -> Diagnostic {
        var place = position
        place.advance(over: bytes.prefix(error.offset))
        return Diagnostic(.error, file: file, "no valid JSON at \(place): \(error.message)")
    }
}
