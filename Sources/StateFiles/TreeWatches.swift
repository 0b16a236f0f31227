import ClusterState
import Glibc
import SystemPackage

/// The watches on a tree of directories, and on the directory in which the tree or the single file is.
///
/// What cannot be watched, since watches or descriptors have run out, is looked at from time to time instead.
struct TreeWatches: Sendable {
    /// Opens a queue of events.
    typealias Opening = @Sendable () throws(Errno) -> any DirectoryQueue

    /// Nil if there is none to be had.
    let queue: (any DirectoryQueue)?
    /// The last component of the path: what happens to it in the directory that it is in.
    let name: String
    /// The watch on the directory that the path is in, or on the nearest ancestor if that does not exist; nil if it cannot
    /// be watched.
    let anchor: Inotify.Watch?
    let anchorIsParent: Bool
    /// The directories of the tree that are watched.
    private(set) var directories: [Inotify.Watch: String] = [:]
    /// Those that are not, and how they looked last.
    private(set) var unwatched: [String: DirectoryStamp] = [:]
    /// Why something is not watched.
    private(set) var problem: Errno?

    /// Watches only where the path is.
    ///
    /// - Throws: if that cannot be watched for another reason than that something has run out.
    init(path: String, opening: Opening) throws(StateError) {
        let absolute = absolutePath(path)
        name = absolute.lastComponent?.string ?? ""
        let parent = absolute.removingLastComponent()
        var opened: (any DirectoryQueue)?
        do throws(Errno) {
            let new = try opening()
            opened = new
            (anchor, anchorIsParent) = try Self.watchNearest(parent, new)
        } catch {
            guard error.isExhaustion else {
                throw StateError(path: parent.string, operation: "watch", reason: "\(error)")
            }
            problem = error
            (anchor, anchorIsParent) = (nil, true)
        }
        queue = opened
    }

    private static func watchNearest(
        _ parent: FilePath, _ queue: any DirectoryQueue
    ) throws(Errno) -> (anchor: Inotify.Watch?, isParent: Bool) {
        var directory = parent
        var missing: FilePath?
        while true {
            do throws(Errno) {
                let watch = try queue.watch(directory.string)
                guard let child = missing, exists(child) else { return (watch, directory == parent) }
                // It has come into being since it was tried; nothing would tell of what happens in it.
                queue.unwatch(watch)
                missing = nil
                directory = parent
            } catch .noSuchFileOrDirectory, .notDirectory {
                let next = directory.removingLastComponent()
                if next == directory { throw .noSuchFileOrDirectory }
                missing = directory
                directory = next
            }
        }
    }

    private static func exists(_ path: FilePath) -> Bool {
        FileStamp(path.string) != nil
    }

    /// Whether all that happens is told of.
    var isComplete: Bool { anchor != nil && unwatched.isEmpty }

    /// Watches a directory and all directories in it, each before its entries are read, and no longer those that were in
    /// it before and are gone.
    mutating func watchTree(_ root: String) -> TreeWalk {
        var found: [Inotify.Watch: String] = [:]
        var missed: [String: DirectoryStamp] = [:]
        var reason: Errno?
        let walk = TreeWalk(root) { directory throws(Errno) in
            do throws(Errno) {
                guard let queue else { throw .tooManyOpenFiles }
                found[try queue.watch(directory)] = directory
            } catch {
                guard error.isExhaustion else { throw error }
                let stamp = DirectoryStamp(directory)
                if stamp.isThere { missed[directory] = stamp }
                reason = error
            }
        }
        for (watch, directory) in directories where isInside(directory, root) && found[watch] == nil {
            directories[watch] = nil
            if watch != anchor { queue?.unwatch(watch) }
        }
        unwatched = unwatched.filter { !isInside($0.key, root) }.merging(missed) { _, new in new }
        directories.merge(found) { _, new in new }
        problem = problem ?? reason
        return walk
    }

    /// What has changed in the directories that are not watched. Tries to watch them once more.
    ///
    /// - Returns: the files and the directories that must be read.
    mutating func look() -> (files: Set<String>, trees: Set<String>) {
        var files: Set<String> = []
        var trees: Set<String> = []
        for (directory, old) in unwatched {
            do throws(Errno) {
                guard let queue else { throw .tooManyOpenFiles }
                directories[try queue.watch(directory)] = directory
                unwatched[directory] = nil
            } catch {
                unwatched[directory] = DirectoryStamp(directory)
            }
            let new = unwatched[directory] ?? DirectoryStamp(directory)
            if new.isThere != old.isThere { trees.insert(directory) }
            files.formUnion(new.changedFiles(since: old).map { directory + "/" + $0 })
            trees.formUnion(new.directories.symmetricDifference(old.directories).map { directory + "/" + $0 })
        }
        return (files, trees)
    }

    /// The kernel has ended this watch.
    mutating func forget(_ watch: Inotify.Watch) {
        directories[watch] = nil
    }
}

/// What shows that a file is another one, or has changed.
struct FileStamp: Hashable, Sendable {
    private let kind: FileStatus.Kind
    private let inode: UInt64
    private let size: Int
    private let modified: ModificationTime

    /// The stamp of a file; nil if it is not there. Of a directory only its identity counts.
    init?(_ path: String) {
        do {
            let status = try FileStatus(path: path)
            kind = status.kind
            inode = status.inode
            size = kind == .directory ? 0 : status.size
            modified = kind == .directory ? ModificationTime(seconds: 0, nanoseconds: 0) : status.modified
        } catch {
            return nil
        }
    }
}

/// How a directory looks that cannot be watched.
struct DirectoryStamp: Sendable {
    /// Whether it can be read.
    private(set) var isThere = true
    private(set) var directories: Set<String> = []
    private var files: [String: FileStamp] = [:]

    init(_ path: String) {
        do throws(Errno) {
            let listing = try DirectoryListing(path)
            directories = Set(listing.directories)
            for file in listing.files { files[file] = FileStamp(path + "/" + file) }
        } catch {
            isThere = false
        }
    }

    /// The files that have come, changed or gone.
    func changedFiles(since old: DirectoryStamp) -> Set<String> {
        Set(files.keys).union(old.files.keys).filter { files[$0] != old.files[$0] }
    }
}

/// The path from the root directory on, with a last component that is its name in the directory that it is in.
private func absolutePath(_ path: String) -> FilePath {
    let given = FilePath(path)
    // Of `.` and `..` only the kernel knows the name.
    let last = given.lastComponent
    if last == nil || last?.kind != .regular, let resolved = realpath(path, nil) {
        defer { free(resolved) }
        return FilePath(String(cString: resolved))
    }
    guard given.isRelative, let current = getcwd(nil, 0) else { return given }
    defer { free(current) }
    return FilePath(String(cString: current)).appending(given.components)
}
