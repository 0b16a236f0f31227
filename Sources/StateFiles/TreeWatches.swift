import Glibc
import SystemPackage

/// The watches on a tree of directories, and on the directory in which the tree or the single file is.
struct TreeWatches: Sendable {
    let inotify: Inotify
    /// The last component of the path: what happens to it in the directory that it is in.
    let name: String
    /// The watch on the directory that the path is in, or on the nearest ancestor if that does not exist.
    let anchor: Inotify.Watch
    let anchorIsParent: Bool
    /// The directories of the tree.
    private(set) var directories: [Inotify.Watch: String] = [:]

    /// Watches only where the path is.
    init(path: String) throws(StateError) {
        let absolute = absolutePath(path)
        name = absolute.lastComponent?.string ?? ""
        let parent = absolute.removingLastComponent()
        do throws(Errno) {
            inotify = try Inotify()
            (anchor, anchorIsParent) = try Self.watchNearest(parent, inotify)
        } catch {
            throw StateError(path: parent.string, operation: "watch", errno: error)
        }
    }

    private static func watchNearest(
        _ parent: FilePath, _ inotify: Inotify
    ) throws(Errno) -> (anchor: Inotify.Watch, isParent: Bool) {
        var directory = parent
        var missing: FilePath?
        while true {
            do throws(Errno) {
                let watch = try inotify.watch(directory.string)
                guard let child = missing, exists(child) else { return (watch, directory == parent) }
                // It has come into being since it was tried; nothing would tell of what happens in it.
                inotify.unwatch(watch)
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
        do {
            _ = try FileStatus(path: path.string)
            return true
        } catch {
            return false
        }
    }

    /// Watches a directory and all directories in it, each before its entries are read, and no longer those that were in
    /// it before and are gone.
    mutating func watchTree(_ root: String) throws(StateError) -> TreeWalk {
        var found: [Inotify.Watch: String] = [:]
        let walk = try TreeWalk(root) { directory throws(Errno) in
            found[try inotify.watch(directory)] = directory
        }
        for (watch, directory) in directories where isInside(directory, root) && found[watch] == nil {
            directories[watch] = nil
            if watch != anchor { inotify.unwatch(watch) }
        }
        directories.merge(found) { _, new in new }
        return walk
    }

    /// The kernel has ended this watch.
    mutating func forget(_ watch: Inotify.Watch) {
        directories[watch] = nil
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
