import ClusterModel

/// What came of reading a file.
enum FileReading {
    /// Its bytes, and when it was last changed.
    case bytes([UInt8], modified: ModificationTime)
    /// It is not there (any more).
    case absent
    /// It is there, but cannot be read, for this reason.
    case unreadable(String)
}

/// When a file was last changed: `st_mtim` of `stat(2)`.
struct ModificationTime: Hashable, Comparable, Sendable {
    var seconds: Int
    var nanoseconds: Int

    static func < (lhs: Self, rhs: Self) -> Bool { (lhs.seconds, lhs.nanoseconds) < (rhs.seconds, rhs.nanoseconds) }
}

/// The cluster's state out of all files: for an object that several files have, the file that was changed last decides.
/// Pure: the files are read elsewhere.
struct FileMerger {
    private struct Entry {
        var modified: ModificationTime
        var objects: [ObjectReference: ClusterObject] = [:]
        var refused: Set<ObjectReference> = []
        /// Whether it has something that is not known, not even from an earlier version.
        var hidesObjects = false
        /// Whether it could not be opened or read when that was last tried.
        var isUnreadable = false
        var diagnostics: [Diagnostic] = []
    }

    private var entries: [String: Entry] = [:]
    /// The files that have an object, or would if it could be used.
    private var holders: [ObjectReference: Set<String>] = [:]
    private var store = ObjectStore()
    private var diagnostics: [Diagnostic] = []
    private var touched: Set<ObjectReference> = []
    /// As of the last update.
    private var wasHiding = false
    private var hiding: Set<String> = []
    private var refusedWithoutVersion: Set<ObjectReference> = []
    /// What was last said of an object that several files have.
    private var conflicts: [ObjectReference: [Diagnostic]] = [:]

    /// The files that there are.
    var paths: [String] { Array(entries.keys) }

    /// Whether this file or directory could not be read when that was last tried.
    func isUnreadable(_ path: String) -> Bool { entries[path]?.isUnreadable == true }

    /// Has something said with the next update.
    mutating func report(_ diagnostic: Diagnostic) {
        diagnostics.append(diagnostic)
    }

    /// Takes in what a file now holds.
    mutating func set(_ path: String, _ reading: FileReading) {
        let old = entries[path]
        switch reading {
        case .absent: replace(path, with: nil)
        case .unreadable(let reason):
            keep(path, old, [Diagnostic(.error, file: path, reason)], isUnreadable: true)
        case .bytes(let bytes, let modified):
            let (contents, diagnostics) = FileContents.read(bytes, file: path)
            if let contents {
                take(path, contents, modified)
            } else {
                keep(path, old, diagnostics)
            }
        }
    }

    private mutating func take(_ path: String, _ contents: FileContents, _ modified: ModificationTime) {
        let old = entries[path]
        if contents.isEmpty, let old, !old.objects.isEmpty {
            let words = "is empty now, which is taken for half-written: what it held stays in force"
            keep(path, old, [Diagnostic(.error, file: path, words)])
            return
        }
        var new = Entry(
            modified: modified, objects: contents.objects, refused: contents.refused, diagnostics: contents.diagnostics)
        let earlier = old?.objects ?? [:]
        for reference in contents.refused { new.objects[reference] = new.objects[reference] ?? earlier[reference] }
        if contents.refusesUnknown {
            // One of those that are missing may be the one that cannot be told.
            new.objects.merge(earlier) { new, _ in new }
            // What only earns a warning is no object at all, such as another program's file.
            new.hidesObjects = contents.diagnostics.contains { $0.severity == .error } && old?.hidesObjects ?? true
        }
        replace(path, with: new)
    }

    /// The file is there, but its contents cannot be used.
    private mutating func keep(
        _ path: String, _ old: Entry?, _ diagnostics: [Diagnostic], isUnreadable: Bool = false
    ) {
        var entry = old ?? Entry(modified: ModificationTime(seconds: 0, nanoseconds: 0), hidesObjects: true)
        entry.diagnostics = diagnostics
        entry.isUnreadable = isUnreadable
        replace(path, with: entry)
    }

    private mutating func replace(_ path: String, with new: Entry?) {
        let old = entries[path]
        let known = old?.diagnostics ?? []
        diagnostics += new?.diagnostics.filter { !known.contains($0) } ?? []
        let before = old.map { Set($0.objects.keys).union($0.refused) } ?? []
        let after = new.map { Set($0.objects.keys).union($0.refused) } ?? []
        for reference in before.subtracting(after) {
            holders[reference]?.remove(path)
            if holders[reference]?.isEmpty == true { holders[reference] = nil }
        }
        for reference in after.subtracting(before) { holders[reference, default: []].insert(path) }
        touched.formUnion(before)
        touched.formUnion(after)
        entries[path] = new
        if new?.hidesObjects == true { hiding.insert(path) } else { hiding.remove(path) }
    }

    /// What changed since the last call; nil if nothing did and there is nothing to say.
    mutating func takeUpdate() -> StateUpdate? {
        for reference in touched.sorted() { settle(reference) }
        touched.removeAll()
        let isHiding = !hiding.isEmpty || !refusedWithoutVersion.isEmpty
        let update = StateUpdate(edits: store.takeEdits(), diagnostics: diagnostics, hasUnreadableInput: isHiding)
        let isNews = !update.edits.isEmpty || !update.diagnostics.isEmpty || wasHiding != isHiding
        diagnostics = []
        wasHiding = isHiding
        return isNews ? update : nil
    }

    /// Decides which file's version of an object is in force.
    private mutating func settle(_ reference: ObjectReference) {
        let paths = holders[reference] ?? []
        let versions = paths.compactMap { path in
            entries[path].flatMap { entry in entry.objects[reference].map { (path, entry.modified, $0) } }
        }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }
        // Where there are only versions that cannot be used, what is in force stays.
        if let winner = versions.last {
            store[reference] = winner.2
        } else if paths.isEmpty {
            store[reference] = nil
        }
        if !paths.isEmpty && store[reference] == nil {
            refusedWithoutVersion.insert(reference)
        } else {
            refusedWithoutVersion.remove(reference)
        }
        reportConflict(reference, versions.map { ($0.0, $0.1) })
    }

    private mutating func reportConflict(
        _ reference: ObjectReference, _ versions: [(path: String, modified: ModificationTime)]
    ) {
        guard let winner = versions.last, versions.count > 1 else {
            conflicts[reference] = nil
            return
        }
        let new = versions.dropLast().map { loser in
            let reason =
                loser.modified == winner.modified
                ? "was changed at the same time and comes later in the order of names" : "was changed later"
            return Diagnostic(
                .warning, file: loser.path, object: reference.description,
                "is also in \(winner.path), which is used, as it \(reason)")
        }
        let old = conflicts.updateValue(new, forKey: reference) ?? []
        diagnostics += new.filter { !old.contains($0) }
    }
}
