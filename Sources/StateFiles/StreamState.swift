import ClusterModel
import ClusterState

/// What a stream of objects or watch events says, into the ledger. Pure: the bytes are read elsewhere.
struct StreamState {
    private let name: String
    private let documentMax: Int
    private let sizeMax: Int
    private var wasFull = false
    private var splitter: DocumentSplitter
    private var diagnostics: [Diagnostic] = []
    private var reported = ReportedDiagnostics<String>()
    private var lists = Dictionary(uniqueKeysWithValues: ObjectKind.allCases.map { ($0, ListProgress()) })
    /// The kinds that v1 Lists have had since the stream was opened.
    private var mixedKinds: Set<ObjectKind> = []
    /// Whether a list of a kind came that is not read.
    private var hasOtherList = false
    private var hasEvents = false
    /// Whether what came last could not be read, so that nothing more is said of what follows it.
    private var isInDamage = false
    /// Whether a document has come since the stream was opened, if only one that cannot be used.
    private(set) var hasBegun = false

    /// A stream of which nothing has come.
    ///
    /// - Parameters:
    ///   - name: The file of its diagnostics, and the origin of its objects.
    ///   - documentMax: How many bytes a document may have.
    ///   - sizeMax: How many bytes the objects may have together.
    init(name: String, documentMax: Int = fileSizeMax, sizeMax: Int = stateSizeMax) {
        self.name = name
        self.sizeMax = sizeMax
        self.documentMax = documentMax
        splitter = DocumentSplitter(documentMax: documentMax)
    }

    /// The kinds of which all objects have been listed once.
    var completeKinds: Set<ObjectKind> { Set(lists.filter { $0.value.isComplete }.keys) }

    /// Whether something that it has is not listed to its end, or nothing is. Pods do not count, and a stream of Services
    /// and their endpoints may leave out everything else.
    var isIncomplete: Bool {
        if completeKinds.areServed { return false }
        let carried = lists.filter { $0.key != .pod && $0.value.isCarried }.values
        return carried.contains { !$0.isComplete } || completeKinds.isEmpty && !hasOtherList
    }

    /// Whether something came while Services or endpoints were listed that could not be read, and they have not been listed
    /// again since.
    var unknown: UnknownState {
        let clean = Set(lists.filter { $0.value.isClean }.keys)
        guard lists.values.contains(where: \.isDamaged), !clean.areServed else { return .nothing }
        let carried = [ObjectKind.service, .endpointSlice, .endpoints].compactMap { lists[$0] }.filter(\.isCarried)
        let isHiding = carried.isEmpty ? clean.isEmpty : carried.contains { $0.isDamaged && !$0.isClean }
        return isHiding ? .anything : .nothing
    }

    /// Takes in the next bytes.
    mutating func append(_ bytes: some Collection<UInt8>, _ now: ModificationTime, _ ledger: inout StateLedger) {
        splitter.append(bytes)
        while let document = splitter.next() { apply(document, now, &ledger) }
    }

    /// The writer has closed the stream.
    ///
    /// - Parameter isLast: Whether no other can open it, so that this is all there is of every kind. Otherwise only a
    ///   writer of plain objects, without events, has written all.
    mutating func finish(isLast: Bool, _ now: ModificationTime, _ ledger: inout StateLedger) {
        while let document = splitter.finish() { apply(document, now, &ledger) }
        for kind in mixedKinds { end(kind, &ledger) }
        if hasBegun, isLast || !hasEvents {
            for kind in ObjectKind.allCases where lists[kind]?.isComplete == false { end(kind, &ledger) }
        }
    }

    /// Another writer has opened the stream: it lists everything anew.
    mutating func reopen() {
        splitter = DocumentSplitter(documentMax: documentMax)
        mixedKinds = []
        hasEvents = false
        hasBegun = false
        isInDamage = false
        beginAll()
    }

    private mutating func beginAll() {
        for kind in ObjectKind.allCases { lists[kind]?.begin() }
    }

    private mutating func end(_ kind: ObjectKind, _ ledger: inout StateLedger) {
        let origin = ledger.origin(name)
        for gone in lists[kind]?.end() ?? [] { ledger.remove(ObjectReference(kind, gone), from: origin) }
    }

    private mutating func apply(
        _ document: DocumentSplitter.Document, _ now: ModificationTime, _ ledger: inout StateLedger
    ) {
        hasBegun = true
        var problem: Diagnostic
        do {
            if !document.isTooLong {
                apply(try DecodedDocument(document.bytes, file: name), document.bytes.count, now, &ledger)
                isInDamage = false
                splitter.accept()
                return
            }
            let words = "a document at \(document.position) is longer than \(documentMax) bytes, and is passed over"
            problem = Diagnostic(.error, file: name, words)
        } catch {
            var error = error
            error.position = document.position.followed(by: error.position)
            problem = Diagnostic(.error, file: name, error.description)
        }
        splitter.resynchronize()
        for kind in ObjectKind.allCases { lists[kind]?.isDamaged = true }
        if unknown == .anything { problem.consequence = StateLedger.keptWords }
        if !isInDamage { diagnostics.append(problem) }
        isInDamage = true
    }

    /// - Parameter size: The bytes of the document.
    private mutating func apply(
        _ document: DecodedDocument, _ size: Int, _ now: ModificationTime, _ ledger: inout StateLedger
    ) {
        if document.isWatchEvent { hasEvents = true }
        if case .list(let kind, let isLast) = document.listing { lists[kind]?.beginPage(isLast: isLast) }
        diagnostics += news(in: document)
        let share = size / max(1, document.edits.count)
        let origin = ledger.origin(name)
        for edit in document.edits {
            guard let reference = edit.reference else { continue }
            switch edit {
            case .put(let object):
                guard hasRoom(for: share) else { continue }
                ledger.put(object, from: origin, modified: now, keepsTime: true)
            case .delete:
                ledger.remove(reference, from: origin)
                lists[reference.kind]?.forget(reference.name)
                continue
            case .refused(_, let service): ledger.refuse(reference, of: service, from: origin, modified: now)
            }
            lists[reference.kind]?.note(reference.name, size: share)
        }
        switch document.listing {
        case .list(let kind, let isLastPage): if isLastPage { end(kind, &ledger) }
        case .end(let kind): end(kind, &ledger)
        case .mixedList(let kinds):
            mixedKinds.formUnion(kinds)
            // It may be one of several, so that nothing is gone before the writer is.
            for kind in kinds { lists[kind]?.completeForNow() }
        case .otherList: hasOtherList = true
        case .watchEnded: beginAll()
        case nil: break
        }
    }

    /// Whether an object of so many bytes may be held too, of which the first that may not is told.
    private mutating func hasRoom(for size: Int) -> Bool {
        let isFull = lists.values.reduce(size, { $0 + $1.size }) > sizeMax
        if isFull && !wasFull {
            let words = "some objects are passed over: all that come from it have more than \(sizeMax) bytes"
            diagnostics.append(Diagnostic(.error, file: name, words))
        }
        wasFull = isFull
        return !isFull
    }

    /// The diagnostics that were not already true of the object when it came last: a watch sends an object that is wrong
    /// again each time that something else in it changes.
    private mutating func news(in document: DecodedDocument) -> [Diagnostic] {
        let byObject = Dictionary(grouping: document.diagnostics, by: \.object)
        var news = byObject[nil] ?? []
        var named: Set<String> = []
        for reference in document.edits.lazy.compactMap(\.reference) where reported.isUsed || !byObject.isEmpty {
            let object = reference.description
            guard named.insert(object).inserted else { continue }
            news += reported.news(byObject[object] ?? [], of: object)
        }
        return news + document.diagnostics.filter { $0.object.map { !named.contains($0) } ?? false }
    }

    /// What is to be said since the last call.
    mutating func takeDiagnostics() -> [Diagnostic] {
        defer { diagnostics = [] }
        return diagnostics
    }
}

extension Set<ObjectKind> {
    /// Whether Services and their endpoints are among these kinds.
    ///
    /// kube-proxy waits for both too: with the Services alone, all of them would be without endpoints.
    var areServed: Bool { contains(.service) && (contains(.endpointSlice) || contains(.endpoints)) }
}
