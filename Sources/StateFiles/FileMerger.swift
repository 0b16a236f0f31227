import ClusterModel
import ClusterState
import Threads

/// What came of reading a file.
enum FileReading<Contents: Sendable>: Sendable {
    /// These contents, of so many bytes; and when it was last changed.
    case read(Contents, size: Int, modified: ModificationTime)
    /// It is not there (any more).
    case absent
    /// It is there, but cannot be read, for this reason.
    case unreadable(String)
    /// The same, because something has run out that may be there again soon.
    case exhausted(String)

    /// In bytes; 0 if there is nothing to be read.
    var size: Int {
        if case .read(_, let size, _) = self { size } else { 0 }
    }
}

extension FileReading<[UInt8]> {
    /// What the bytes say.
    func decoded(file: String) -> FileReading<DecodedFile> {
        switch self {
        case .absent: .absent
        case .unreadable(let reason): .unreadable(reason)
        case .exhausted(let reason): .exhausted(reason)
        case .read(let bytes, let size, let modified):
            .read(DecodedFile(bytes, file: file), size: size, modified: modified)
        }
    }
}

/// What is known of each file of the state; what the files say of objects goes to the ledger.
/// Pure: the files are read elsewhere.
struct FileMerger {
    fileprivate struct Entry {
        /// The objects that it has, whether they can be used or not, each once.
        var references: [ObjectReference] = []
        /// Those of them that an earlier version had and that may be among those without a name.
        var retained: Set<ObjectReference> = []
        /// How many objects it has without saying which they are.
        var unnamedCount = 0
        /// Whether nothing of it was ever known.
        var hidesObjects = false
        /// Whether it could not be opened or read when that was last tried.
        var isUnreadable = false
        /// How many bytes it has.
        var size = 0
        /// Whether it could not be told if more of it had been cut off.
        var mayBeCut = true
    }

    fileprivate var entries: [String: Entry] = [:]
    fileprivate var reported = ReportedDiagnostics<String>()
    private var diagnostics: [Diagnostic] = []
    private var hiding: Set<String> = []
    fileprivate var size = 0

    /// The files that there are.
    var paths: [String] { Array(entries.keys) }

    /// Whether there are files of which nothing is known.
    var unknown: UnknownState { hiding.isEmpty ? .nothing : .anything }

    /// Whether this file or directory could not be read when that was last tried.
    func isUnreadable(_ path: String) -> Bool { entries[path]?.isUnreadable == true }

    /// Has something said with the next update.
    mutating func report(_ diagnostic: Diagnostic) {
        diagnostics.append(diagnostic)
    }

    /// What is to be said since the last call.
    mutating func takeDiagnostics() -> [Diagnostic] {
        defer { diagnostics = [] }
        return diagnostics
    }

    /// Takes in what a file now holds.
    mutating func set(_ path: String, _ reading: FileReading<DecodedFile>, in ledger: inout StateLedger) {
        switch reading {
        case .absent: remove(path, from: &ledger)
        case .unreadable(let reason), .exhausted(let reason):
            keep(path, [Diagnostic(.error, file: path, reason)], isUnreadable: true)
        case .read(let contents, let newSize, let modified):
            switch contents.documents {
            case .success(let documents): take(path, documents, contents.mayBeCut, modified, &ledger)
            case .failure(let error): keep(path, [Diagnostic(.error, file: path, error.description)])
            }
            size += newSize - (entries[path]?.size ?? 0)
            entries[path]?.size = newSize
        }
    }

    private mutating func remove(_ path: String, from ledger: inout StateLedger) {
        guard let old = entries.removeValue(forKey: path) else { return }
        let origin = ledger.origin(path)
        for reference in old.references { ledger.remove(reference, from: origin) }
        ledger.forget(origin)
        _ = reported.news([], of: path)
        hiding.remove(path)
        size -= old.size
    }

    private mutating func take(
        _ path: String, _ documents: [DecodedDocument], _ mayBeCut: Bool, _ modified: ModificationTime,
        _ ledger: inout StateLedger
    ) {
        let old = entries[path] ?? Entry()
        if let words = Self.halfWrittenWords(documents, mayBeCut, old) {
            keep(path, [Diagnostic(.error, file: path, words)])
            return
        }
        var new = Entry(size: old.size, mayBeCut: mayBeCut)
        let count = documents.reduce(0) { $0 + $1.edits.count }
        var reading = ledger.beginReading(of: ledger.origin(path), modified: modified, count: count)
        var words: [Diagnostic] = []
        for document in documents {
            words += document.diagnostics
            for edit in document.edits {
                let isRepeated = ledger.take(edit, &reading)
                if case .refused(nil, _) = edit { new.unnamedCount += 1 }
                if case .put(let object) = edit, isRepeated, !document.isWatchEvent {
                    words.append(
                        Diagnostic(
                            .warning, file: path, object: object.reference.description,
                            "is in this file more than once; the last one is used"))
                }
            }
        }
        new.references = ledger.references(of: reading)
        let gone = old.references.filter { !ledger.has($0, in: reading) }
        if new.unnamedCount > old.unnamedCount {
            // One of those that are missing may be the one that has lost its name.
            new.retained = Set(gone)
        } else if new.unnamedCount > 0 {
            new.retained = old.retained.intersection(gone)
        }
        new.references += new.retained
        for reference in gone where !new.retained.contains(reference) { ledger.remove(reference, from: reading.origin) }
        replace(path, with: new, words)
    }

    /// Why a file is taken for half-written; nil if it is not.
    private static func halfWrittenWords(
        _ documents: [DecodedDocument], _ mayBeCut: Bool, _ old: Entry
    ) -> String? {
        if old.references.isEmpty { return nil }
        if documents.isEmpty { return "is empty now, which is taken for half-written: what it held stays in force" }
        if !mayBeCut || old.mayBeCut { return nil }
        return "ends in the middle of a line, as it did not before, which is taken for half-written: "
            + "what it held stays in force"
    }

    /// The file is there, but its contents cannot be used: what it held stays.
    private mutating func keep(_ path: String, _ diagnostics: [Diagnostic], isUnreadable: Bool = false) {
        var entry = entries[path] ?? Entry(hidesObjects: true)
        entry.isUnreadable = isUnreadable
        var diagnostics = diagnostics
        for index in diagnostics.indices where entry.hidesObjects {
            diagnostics[index].consequence = StateLedger.keptWords
        }
        replace(path, with: entry, diagnostics)
    }

    private mutating func replace(_ path: String, with new: Entry, _ words: [Diagnostic]) {
        diagnostics += reported.news(words, of: path)
        entries[path] = new
        if new.hidesObjects { hiding.insert(path) } else { hiding.remove(path) }
    }
}

extension FileMerger {
    /// The kinds of the objects that the files have.
    var kinds: Set<ObjectKind> {
        entries.values.reduce(into: []) { kinds, entry in kinds.formUnion(entry.references.lazy.map(\.kind)) }
    }

    /// How many bytes this file may have, since all of the state is held in memory.
    func sizeMax(of path: String) -> Int {
        max(0, min(fileSizeMax, stateSizeMax - size + (entries[path]?.size ?? 0)))
    }

    /// Takes in what there is now in a directory.
    ///
    /// - Parameters:
    ///   - walk: What was found.
    ///   - directory: Where it was looked for.
    ///   - read: Reads a file of at most so many bytes.
    mutating func take(
        _ walk: TreeWalk, of directory: String, in ledger: inout StateLedger,
        read: (String, Int) -> FileReading<[UInt8]>
    ) {
        var present = Set(walk.files)
        for (unread, errno) in walk.unreadable {
            present.formUnion(paths.filter { isInside($0, unread) })
            set(
                unread, errno.isExhaustion ? .exhausted("cannot read: \(errno)") : .unreadable("cannot read: \(errno)"),
                in: &ledger)
            present.insert(unread)
        }
        let gone = paths.filter { isInside($0, directory) && !present.contains($0) }
        for path in gone { set(path, .absent, in: &ledger) }
        take(walk.files, in: &ledger, read: read)
    }

    /// Takes in what files hold now. They are read one after another, and decoded many at a time.
    ///
    /// - Parameter read: Reads a file of at most so many bytes.
    mutating func take(_ files: [String], in ledger: inout StateLedger, read: (String, Int) -> FileReading<[UInt8]>) {
        var unmerged: [(file: String, contents: FileReading<[UInt8]>)] = []
        var unmergedSize = 0
        for (number, file) in files.enumerated() {
            let contents = read(file, max(0, sizeMax(of: file) - unmergedSize))
            unmerged.append((file, contents))
            unmergedSize += contents.size
            let isEnough = unmerged.count == Self.filesAtOnce || unmergedSize >= Self.bytesAtOnce
            guard isEnough || number == files.count - 1 else { continue }
            let readings = unmerged.concurrentMap { $0.contents.decoded(file: $0.file) }
            for ((file, _), reading) in zip(unmerged, readings) { set(file, reading, in: &ledger) }
            unmerged = []
            unmergedSize = 0
        }
    }

    /// How many files are held in memory as text, and how many bytes of them if there are more files than one.
    private static let (filesAtOnce, bytesAtOnce) = (512, 8 << 20)
}

/// How many bytes a file, or a document of a stream, may have.
let fileSizeMax = 256 << 20

/// How many bytes all files of a state may have.
let stateSizeMax = 1 << 30
