import ClusterModel
import SystemPackage

/// A directory of files, or one file, watched with `inotify(7)`.
///
/// Files are read when their writer has closed them or has renamed them into place. The target of a symbolic link
/// is not watched: a link must be replaced for the change to be seen, as the kubelet does in the volumes of ConfigMaps.
struct TreeSource: StateSource {
    let path: String
    private var watches: TreeWatches
    private var merger = FileMerger()
    private var timer: SettleTimer
    private var isFirst = true
    private var isDirectory = false
    /// Whether there is nothing at the path; what was read from it stays in force.
    private var isVanished = false
    private var hasBeenRead = false
    private var dirtyFiles: Set<String> = []
    private var dirtyTrees: Set<String> = []
    /// Whether all must be read, and all watches be placed, anew.
    private var isLost = true

    /// The state at this path.
    ///
    /// - Throws: if there is nothing, or if it cannot be watched.
    init(_ path: String, settle: Duration) throws(StateError) {
        self.path = withoutTrailingSlashes(path)
        timer = SettleTimer(settle: settle)
        do {
            isDirectory = try FileStatus(path: path).kind == .directory
        } catch {
            throw StateError(path: path, operation: "read", errno: error)
        }
        watches = try TreeWatches(path: self.path)
        timer.expire(.now)
    }

    var descriptor: FileDescriptor? { watches.inotify.descriptor }
    var due: SettleTimer.Instant? { timer.due }

    mutating func takeUpdate() -> StateUpdate? {
        let update = merger.takeUpdate()
        defer { isFirst = false }
        return isFirst ? update ?? StateUpdate() : update
    }

    // MARK: Events

    mutating func receive(_ now: SettleTimer.Instant) throws(StateError) {
        let events: [Inotify.Event]
        do {
            events = try watches.inotify.read()
        } catch {
            throw StateError(path: path, operation: "watch", errno: error)
        }
        for event in events where try take(event) { timer.note(now) }
    }

    /// - Returns: whether there is something to be read.
    mutating func take(_ event: Inotify.Event) throws(StateError) -> Bool {
        if event.has(.overflow) {
            isLost = true
            return true
        }
        let isAnchorNews = event.watch == watches.anchor && takeFromAnchor(event)
        guard let directory = watches.directories[event.watch] else { return isAnchorNews }
        let isNews =
            event.name.isEmpty
            ? takeAboutDirectory(event, directory) : try takeFromDirectory(event, directory)
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

    private mutating func takeFromDirectory(
        _ event: Inotify.Event, _ directory: String
    ) throws(StateError) -> Bool {
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
            _ = try watches.watchTree(place)
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

    mutating func settle() throws(StateError) {
        timer.reset()
        if isLost {
            try readAnew()
        } else {
            for tree in dirtyTrees.sorted() { try readTree(tree) }
            for file in dirtyFiles.sorted() { merger.set(file, readFile(file)) }
        }
        dirtyTrees.removeAll()
        dirtyFiles.removeAll()
    }

    private mutating func readAnew() throws(StateError) {
        isLost = false
        // Watches first, so that nothing happens unseen between the reading and them.
        watches = try TreeWatches(path: path)
        let kind: FileStatus.Kind
        do {
            kind = try FileStatus(path: path).kind
        } catch {
            if !hasBeenRead {
                merger.set(path, .unreadable("cannot read: \(error)"))
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
            try readTree(path)
        } else {
            for other in merger.paths where other != path { merger.set(other, .absent) }
            merger.set(path, readFile(path))
        }
    }

    private mutating func readTree(_ root: String) throws(StateError) {
        let walk = try watches.watchTree(root)
        var present = Set(walk.files)
        for (directory, errno) in walk.unreadable {
            present.formUnion(merger.paths.filter { isInside($0, directory) })
            merger.set(directory, .unreadable("cannot read: \(errno)"))
            present.insert(directory)
        }
        for gone in merger.paths where isInside(gone, root) && !present.contains(gone) { merger.set(gone, .absent) }
        for file in walk.files { merger.set(file, readFile(file)) }
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
