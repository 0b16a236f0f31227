import ClusterModel
import ClusterState
import SystemPackage

/// Where state comes from, as the thread of a ``StateWatcher`` sees it: a directory, a file, or a stream.
protocol StateSource: Sendable {
    /// The path that was given for it.
    var name: String { get }
    /// Readable when something has happened; nil if nothing tells.
    var descriptor: FileDescriptor? { get }
    /// When it has to be looked at though nothing tells; nil if never.
    var pollDue: SettleTimer.Instant? { get }
    /// Whether nothing more can come.
    var isEnded: Bool { get }
    /// Whether something that it has is not all there yet.
    var isIncomplete: Bool { get }
    /// The kinds that it has, and has whole.
    var completeKinds: Set<ObjectKind> { get }
    /// What it may have that is not known.
    var unknown: UnknownState { get }

    /// Something has happened.
    ///
    /// - Returns: what it is.
    mutating func receive(_ now: SettleTimer.Instant, _ ledger: inout StateLedger) throws(StateError) -> SourceNews
    /// Looks whether something has happened of which nothing tells.
    mutating func poll(_ now: SettleTimer.Instant) -> SourceNews
    /// Takes in all that has happened.
    mutating func settle(_ now: SettleTimer.Instant, _ ledger: inout StateLedger)
    /// What is to be said since the last call.
    mutating func takeDiagnostics() -> [Diagnostic]
    /// Nothing is asked of it any more.
    mutating func close()
}

/// What has happened to a source.
enum SourceNews {
    /// Nothing of interest.
    case none
    /// Something; more may follow at once.
    case change
    /// Something that is not to be waited with.
    case end
}

/// All sources, which make one state.
struct StateSources: Sendable {
    private var sources: [any StateSource]
    private var ledger = StateLedger()
    private var timer: SettleTimer
    private var isFirst = true
    /// When something happened first that no update was made of yet.
    private var since: SettleTimer.Instant?
    private var lastUnknown = UnknownState.nothing
    private var wasListed = false

    /// The state that these sources make together.
    init(_ sources: [any StateSource], settle: Duration) {
        self.sources = sources
        timer = SettleTimer(settle: settle)
        timer.expire(.now)
    }

    /// What is readable when something has happened, by source.
    var descriptors: [FileDescriptor?] { sources.map(\.descriptor) }

    /// When ``settle(_:)`` is to be called; nil if there is nothing to be taken in.
    var settleDue: SettleTimer.Instant? { timer.due }

    /// When ``poll(_:)`` is to be called.
    var pollDue: SettleTimer.Instant? { sources.compactMap(\.pollDue).min() }

    /// Whether a source has ended, so that changes would be missed from now on.
    var hasEnded: Bool { sources.contains(where: \.isEnded) }

    /// Whether all is there that a first update needs, so that nothing is taken for gone that has only not come yet.
    var isListed: Bool { wasListed || waitingFor.isEmpty }

    /// What is not there yet, in words.
    var waitingFor: [String] {
        let streams = sources.filter { !($0 is TreeSource) }
        if streams.isEmpty { return [] }
        let incomplete = streams.filter(\.isIncomplete).map { "\($0.name) to say that its lists are complete" }
        let kinds = sources.reduce(into: Set()) { $0.formUnion($1.completeKinds) }
        return incomplete.isEmpty && !kinds.areServed ? ["Services and EndpointSlices to be listed"] : incomplete
    }

    /// Something has happened to these sources.
    mutating func receive(_ isReadable: [Bool], _ now: SettleTimer.Instant) throws(StateError) {
        for index in sources.indices where isReadable[index] {
            note(try sources[index].receive(now, &ledger), now)
        }
    }

    /// Looks at what nothing tells of, if it is time.
    mutating func poll(_ now: SettleTimer.Instant) {
        for index in sources.indices {
            if let due = sources[index].pollDue, due <= now { note(sources[index].poll(now), now) }
        }
    }

    private mutating func note(_ news: SourceNews, _ now: SettleTimer.Instant) {
        if news != .none { since = since ?? now }
        switch news {
        case .none: break
        case .change: timer.note(now)
        case .end: timer.expire(now)
        }
        // What everybody waits for is not to be waited with.
        if !wasListed, news != .none, isListed {
            timer.expire(now)
        }
    }

    /// Takes in all that has happened.
    mutating func settle(_ now: SettleTimer.Instant) {
        timer.reset()
        for index in sources.indices { sources[index].settle(now, &ledger) }
    }

    /// What changed since the last call; nil if nothing did and there is nothing to say, or if all that there is is not
    /// there yet.
    mutating func takeUpdate() -> StateUpdate? {
        guard isListed else { return nil }
        wasListed = true
        let (edits, conflicts) = ledger.takeChanges()
        var unknown = ledger.unknown
        var diagnostics: [Diagnostic] = []
        for index in sources.indices {
            diagnostics += sources[index].takeDiagnostics()
            unknown = unknown.union(sources[index].unknown)
        }
        diagnostics += conflicts
        defer {
            isFirst = false
            lastUnknown = unknown
            since = nil
        }
        let isNews = isFirst || !edits.isEmpty || !diagnostics.isEmpty || unknown != lastUnknown
        return isNews
            ? StateUpdate(edits: edits, diagnostics: diagnostics, unknown: unknown, since: isFirst ? nil : since) : nil
    }

    /// Nothing is asked any more.
    mutating func close() {
        for index in sources.indices { sources[index].close() }
    }
}
