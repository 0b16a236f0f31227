import ClusterModel
import ClusterState
import SystemPackage

/// A directory of files, or one file, watched with `inotify(7)`.
///
/// Files are read when their writer has closed them or has renamed them into place. The target of a symbolic link
/// is not watched: a link must be replaced for the change to be seen, as the kubelet does in the volumes of ConfigMaps.
struct TreeSource: StateSource {
    /// How often what cannot be watched is looked at.
    static let pollPeriod = Duration.seconds(3)

    let path: String
    private let opening: TreeWatches.Opening
    private var watches: TreeWatches
    private var merger = FileMerger()
    private var isDirectory = false
    /// Whether there is nothing at the path; what was read from it stays in force.
    private var isVanished = false
    private var hasBeenRead = false
    private var dirtyFiles: Set<String> = []
    private var dirtyTrees: Set<String> = []
    /// Whether all must be read, and all watches be placed, anew.
    private var isLost = true
    /// What could not be read since something had run out.
    private var retries: (files: Set<String>, trees: Set<String>) = ([], [])
    private(set) var pollDue: SettleTimer.Instant?
    private var stamp: FileStamp?
    private var hasWarned = false

    /// The state at this path.
    ///
    /// - Parameter opening: Opens the queue that tells of changes.
    /// - Throws: if there is nothing, or if it may not be watched.
    init(_ path: String, opening: @escaping TreeWatches.Opening = { () throws(Errno) in try Inotify() })
        throws(StateError)
    {
        self.path = withoutTrailingSlashes(path)
        self.opening = opening
        isDirectory = try FileStatus(ofState: path).kind == .directory
        watches = try TreeWatches(path: self.path, opening: opening)
    }

    var name: String { path }
    var descriptor: FileDescriptor? { watches.queue?.descriptor }
    var isEnded: Bool { false }
    var isIncomplete: Bool { false }
    var completeKinds: Set<ObjectKind> { merger.kinds }
    var unknown: UnknownState { merger.unknown }

    mutating func takeDiagnostics() -> [Diagnostic] { merger.takeDiagnostics() }

    mutating func close() {}

    // MARK: Events

    mutating func receive(
        _ now: SettleTimer.Instant, _ ledger: inout StateLedger
    ) throws(StateError) -> SourceNews {
        let events: [Inotify.Event]
        do {
            events = try watches.queue?.read() ?? []
        } catch {
            throw StateError(path: path, operation: "watch", reason: "\(error)")
        }
        var news = SourceNews.none
        for event in events where take(event) { news = .change }
        return news
    }

    /// - Returns: whether there is something to be read.
    mutating func take(_ event: Inotify.Event) -> Bool {
        if event.has(.overflow) {
            isLost = true
            return true
        }
        let isAnchorNews = event.watch == watches.anchor && takeFromAnchor(event)
        guard let directory = watches.directories[event.watch] else { return isAnchorNews }
        let isNews =
            event.name.isEmpty
            ? takeAboutDirectory(event, directory) : takeFromDirectory(event, directory)
        return isAnchorNews || isNews
    }

    /// An event of the directory in which the path is, or of an ancestor if that does not exist.
    private mutating func takeFromAnchor(_ event: Inotify.Event) -> Bool {
        let isSelf = event.name.isEmpty && event.has([.deleteSelf, .moveSelf, .unmount])
        let isComingOrGoing = event.has([.create, .movedTo, .delete, .movedFrom])
        if isSelf || !watches.anchorIsParent || event.name == atomicWriterLink && isComingOrGoing {
            isLost = true
            return true
        }
        guard event.name == watches.name else { return false }
        if isDirectory || isVanished {
            // A directory that cannot be read may have become readable.
            guard isComingOrGoing || isVanished || merger.isUnreadable(path) else { return false }
            isLost = true
            return true
        }
        if event.has([.delete, .movedFrom]) {
            isLost = true
            return true
        }
        return takeAboutFile(event, path)
    }

    private mutating func takeAboutDirectory(_ event: Inotify.Event, _ directory: String) -> Bool {
        if event.has(.ignored) { watches.forget(event.watch) }
        guard directory == path, event.has([.deleteSelf, .moveSelf, .unmount, .ignored]) else {
            return false
        }
        isLost = true
        return true
    }

    private mutating func takeFromDirectory(_ event: Inotify.Event, _ directory: String) -> Bool {
        let place = directory + "/" + event.name
        if event.name == atomicWriterLink {
            guard event.has([.create, .movedTo, .delete, .movedFrom]) else { return false }
            dirtyTrees.insert(directory)
            return true
        }
        if event.name.hasPrefix(".") { return false }
        guard event.has(.isDirectory) else {
            return isStateFileName(event.name) && takeAboutFile(event, place)
        }
        if event.has([.create, .movedTo]) {
            // At once, so that what happens in it before it is read counts for the settling.
            _ = watches.watchTree(place)
        } else if !event.has([.delete, .movedFrom]) && !merger.isUnreadable(place) {
            return false
        }
        dirtyTrees.insert(place)
        return true
    }

    private mutating func takeAboutFile(_ event: Inotify.Event, _ file: String) -> Bool {
        let isComplete = event.has([.closeWrite, .movedTo, .delete, .movedFrom])
        let isNews =
            isComplete || event.has(.create) && isCompleteWhenCreated(file)
            || event.has(.attrib) && merger.isUnreadable(file)
        if isNews { dirtyFiles.insert(file) }
        return isNews
    }

    /// Whether nobody need write to the file after it has come into being: a symbolic or a hard link.
    private func isCompleteWhenCreated(_ file: String) -> Bool {
        do {
            let status = try FileStatus(path: file, followsLink: false)
            return status.kind == .symbolicLink || status.linkCount > 1
        } catch {
            return false
        }
    }

    // MARK: Reading

    mutating func settle(_ now: SettleTimer.Instant, _ ledger: inout StateLedger) {
        let isRead = isLost || !dirtyTrees.isEmpty || !dirtyFiles.isEmpty
        if isLost {
            readAnew(&ledger)
        } else {
            for tree in dirtyTrees.sorted() { readTree(tree, &ledger) }
            readFiles(dirtyFiles.sorted(), &ledger)
        }
        dirtyTrees.removeAll()
        dirtyFiles.removeAll()
        if isRead { planPolling(now) }
    }

    private mutating func readAnew(_ ledger: inout StateLedger) {
        isLost = false
        // Watches first, so that nothing happens unseen between the reading and them.
        do throws(StateError) {
            watches = try TreeWatches(path: path, opening: opening)
        } catch {
            merger.report(Diagnostic(.error, file: path, "cannot watch: \(error.reason)"))
        }
        stamp = FileStamp(path)
        let kind: FileStatus.Kind
        do {
            kind = try FileStatus(path: path).kind
        } catch {
            if !hasBeenRead {
                merger.set(path, .unreadable("cannot read: \(error)"), in: &ledger)
            } else if !isVanished {
                merger.report(
                    Diagnostic(.error, file: path, "cannot read: \(error); what was read from it stays in force"))
            }
            isVanished = true
            return
        }
        isVanished = false
        hasBeenRead = true
        isDirectory = kind == .directory
        if isDirectory {
            readTree(path, &ledger)
        } else {
            for other in merger.paths where other != path { merger.set(other, .absent, in: &ledger) }
            readFiles([path], &ledger)
        }
    }

    private mutating func readFiles(_ files: [String], _ ledger: inout StateLedger) {
        var exhausted: [String] = []
        merger.take(files, in: &ledger) { file, sizeMax in Self.read(file, sizeMax, &exhausted) }
        retries.files = retries.files.subtracting(files).union(exhausted)
    }

    private static func read(_ file: String, _ sizeMax: Int, _ exhausted: inout [String]) -> FileReading<[UInt8]> {
        let contents = readFile(file, upTo: sizeMax)
        if case .exhausted = contents { exhausted.append(file) }
        return contents
    }

    private mutating func readTree(_ root: String, _ ledger: inout StateLedger) {
        let walk = watches.watchTree(root)
        retries = (retries.files.filter { !isInside($0, root) }, retries.trees.filter { !isInside($0, root) })
        for (directory, errno) in walk.unreadable where errno.isExhaustion { retries.trees.insert(directory) }
        var exhausted: [String] = []
        merger.take(walk, of: root, in: &ledger) { file, sizeMax in
            Self.read(file, sizeMax, &exhausted)
        }
        retries.files.formUnion(exhausted)
    }

    // MARK: What cannot be watched

    private var needsPolling: Bool { !watches.isComplete || !retries.files.isEmpty || !retries.trees.isEmpty }

    private mutating func planPolling(_ now: SettleTimer.Instant) {
        guard needsPolling else {
            pollDue = nil
            hasWarned = false
            return
        }
        pollDue = now.advanced(by: Self.pollPeriod)
        if hasWarned { return }
        hasWarned = true
        // The usual reason, and `No space left on device` says nothing of it: inotify(7).
        let advice = watches.problem == .noSpace ? " (the limit is the sysctl fs.inotify.max_user_watches)" : ""
        let reason = watches.problem.map { ": \($0)\(advice)" } ?? ""
        let message = "not all of it can be watched or read\(reason); it is looked at every \(Self.pollPeriod)"
        merger.report(Diagnostic(.warning, file: path, message))
    }

    mutating func poll(_ now: SettleTimer.Instant) -> SourceNews {
        pollDue = now.advanced(by: Self.pollPeriod)
        if watches.anchor == nil {
            let new = FileStamp(path)
            if new != stamp { isLost = true }
            stamp = new
        }
        if watches.queue == nil, canOpen { isLost = true }
        let found = watches.look()
        dirtyFiles.formUnion(found.files)
        dirtyTrees.formUnion(found.trees)
        dirtyFiles.formUnion(retries.files)
        dirtyTrees.formUnion(retries.trees)
        if !needsPolling { planPolling(now) }
        return isLost || !dirtyFiles.isEmpty || !dirtyTrees.isEmpty ? .change : .none
    }

    /// Whether there is a queue of events to be had again.
    private var canOpen: Bool {
        do throws(Errno) {
            _ = try opening()
            return true
        } catch {
            return false
        }
    }
}

/// Whether a path is a directory or in it.
func isInside(_ path: String, _ directory: String) -> Bool {
    path == directory || path.hasPrefix(directory + "/")
}

/// The path as its directory's entries are joined to it; the root directory stays `/`.
func withoutTrailingSlashes(_ path: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
}
