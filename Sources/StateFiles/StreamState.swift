import ClusterModel

/// The cluster's state out of a stream of objects or watch events. Pure: the bytes are read elsewhere.
struct StreamState {
    private let name: String
    private var splitter = DocumentSplitter()
    private var store = ObjectStore()
    private var diagnostics: [Diagnostic] = []
    /// What is wrong with the objects as they came last, by their name.
    private var said: [String: [Diagnostic]] = [:]
    private var completed: Set<ObjectKind> = []
    private var refusedWithoutVersion: Set<ObjectReference> = []
    /// Whether something could not be used of which it is not known what it is.
    private var hidesObjects = false
    /// Whether a document has come, if only one that cannot be used.
    private(set) var hasBegun = false
    private var wasHiding = false

    /// A stream of which nothing has come.
    ///
    /// - Parameter name: The file of its diagnostics.
    init(name: String) {
        self.name = name
    }

    /// Whether the sender has said that all Services and all their endpoints are there.
    ///
    /// kube-proxy waits for both kinds too: with the Services alone, all of them would be without endpoints.
    var hasInitialList: Bool {
        completed.contains(.service) && (completed.contains(.endpointSlice) || completed.contains(.endpoints))
    }

    /// Takes in the next bytes.
    mutating func append(_ bytes: some Collection<UInt8>) {
        splitter.append(bytes)
        while let document = splitter.next() { apply(document) }
    }

    /// The stream has ended.
    mutating func finish() {
        while let document = splitter.finish() { apply(document) }
    }

    private mutating func apply(_ document: DocumentSplitter.Document) {
        hasBegun = true
        do {
            apply(try DecodedDocument(document.bytes, file: name))
        } catch {
            hidesObjects = true
            diagnostics.append(document.diagnostic(error, name))
            splitter.resynchronize()
        }
    }

    private mutating func apply(_ document: DecodedDocument) {
        diagnostics += news(in: document)
        if let kind = document.completedList { completed.insert(kind) }
        for edit in document.edits {
            switch edit {
            case .put(let object):
                store[object.reference] = object
                refusedWithoutVersion.remove(object.reference)
            case .delete(let reference):
                store[reference] = nil
                refusedWithoutVersion.remove(reference)
            case .refused(let reference?):
                if store[reference] == nil { refusedWithoutVersion.insert(reference) }
            case .refused(nil):
                // What only earns a warning is no object at all.
                if document.diagnostics.contains(where: { $0.severity == .error }) { hidesObjects = true }
            }
        }
    }

    /// The diagnostics that were not already true of the object when it came last: a watch sends an object that is wrong
    /// again each time that something else in it changes.
    private mutating func news(in document: DecodedDocument) -> [Diagnostic] {
        if document.diagnostics.isEmpty && said.isEmpty { return [] }
        let byObject = Dictionary(grouping: document.diagnostics, by: \.object)
        var old: [Diagnostic] = []
        for edit in document.edits {
            guard let name = edit.reference?.description else { continue }
            old += said[name] ?? []
            said[name] = byObject[name]
        }
        return document.diagnostics.filter { !old.contains($0) }
    }

    /// What changed since the last call; nil if nothing did and there is nothing to say.
    mutating func takeUpdate() -> StateUpdate? {
        let isHiding = hidesObjects || !refusedWithoutVersion.isEmpty
        let update = StateUpdate(edits: store.takeEdits(), diagnostics: diagnostics, hasUnreadableInput: isHiding)
        let isNews = !update.edits.isEmpty || !update.diagnostics.isEmpty || wasHiding != isHiding
        diagnostics = []
        wasHiding = isHiding
        return isNews ? update : nil
    }
}
