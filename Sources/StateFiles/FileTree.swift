import ClusterState
import Glibc
import SystemPackage

/// The names that count in a directory of state: neither the temporary files of editors (`.web.json.swp`, `#web.json#`,
/// `web.json~`) nor those that others write under a name with a dot in front, to rename them when they are complete.
func isStateFileName(_ name: String) -> Bool {
    [".json", ".yaml", ".yml"].contains(where: name.hasSuffix) && !name.hasPrefix(".") && !name.hasPrefix("#")
}

/// The symbolic link through which all files of a mounted ConfigMap or Secret go. Replacing it replaces all of them at
/// once; the kubelet's `AtomicWriter` does so (kubernetes/kubernetes `pkg/volume/util/atomic_writer.go`).
let atomicWriterLink = "..data"

/// What `lstat(2)` or `stat(2)` says of a file.
struct FileStatus {
    /// What kind of file it is.
    enum Kind {
        case regular, directory, symbolicLink, pipe, other

        /// Whether it is read as a stream.
        var isStream: Bool { self == .pipe || self == .other }
    }

    var kind: Kind
    var linkCount: Int
    var modified: ModificationTime
    /// In bytes.
    var size: Int
    /// Another one if another file has been renamed to the path.
    var inode: UInt64

    init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .regular
        case S_IFDIR: kind = .directory
        case S_IFLNK: kind = .symbolicLink
        case S_IFIFO: kind = .pipe
        default: kind = .other
        }
        linkCount = Int(status.st_nlink)
        modified = ModificationTime(seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
        size = Int(status.st_size)
        inode = UInt64(status.st_ino)
    }

    /// The status of the file, or of that to which it leads if it is a symbolic link.
    init(path: String, followsLink: Bool = true) throws(Errno) {
        var status = stat()
        let result = followsLink ? stat(path, &status) : lstat(path, &status)
        guard result == 0 else { throw Errno(rawValue: errno) }
        self.init(status)
    }

    /// The status of what was given as the state.
    init(ofState path: String) throws(StateError) {
        do {
            try self.init(path: path)
        } catch {
            throw StateError(path: path, operation: "read", reason: "\(error)")
        }
    }

    init(of descriptor: FileDescriptor) throws(Errno) {
        var status = stat()
        guard fstat(descriptor.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
        self.init(status)
    }
}

/// Reads a file as a whole. One that is neither a file nor leads to one, such as a pipe or a dangling symbolic link, is
/// absent; one that is longer than so many bytes is unreadable.
func readFile(_ path: String, upTo sizeMax: Int) -> FileReading<[UInt8]> {
    do {
        // Opening a pipe would otherwise wait for its writer.
        let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking])
        return try file.closeAfter {
            let status = try FileStatus(of: file)
            guard status.kind == .regular else { return .absent }
            if status.size <= sizeMax, let bytes = try readAll(file, upTo: sizeMax, expecting: status.size) {
                return .read(bytes, size: bytes.count, modified: status.modified)
            }
            return .unreadable(
                "is not read: it has \(status.size) bytes, and only \(sizeMax) may be read, "
                    + (sizeMax == fileSizeMax ? "as of any file" : "as all files may have \(stateSizeMax)"))
        }
    } catch {
        let errno = errnoOfSystem(error)
        if errno.isExhaustion { return .exhausted("cannot read: \(errno)") }
        return errno == .noSuchFileOrDirectory ? .absent : .unreadable("cannot read: \(errno)")
    }
}

/// Reads up to the end of a file.
///
/// - Returns: nil if there are more bytes than wanted.
private func readAll(_ file: FileDescriptor, upTo sizeMax: Int, expecting size: Int) throws(Errno) -> [UInt8]? {
    // One more than expected, so that the first read sees the end.
    var bytes = try readSome(file, upTo: max(1, size + 1))
    while !bytes.isEmpty {
        let piece = try readSome(file)
        if piece.isEmpty { break }
        bytes += piece
        if bytes.count > sizeMax { return nil }
    }
    return bytes
}

/// Reads what is there; nothing means the end.
func readSome(_ file: FileDescriptor, upTo count: Int = 1 << 18) throws(Errno) -> [UInt8] {
    do {
        return try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
        }
    } catch {
        throw errnoOfSystem(error)
    }
}

extension Errno {
    /// Whether something has run out that may be there again soon, such as watches or descriptors: inotify_add_watch(2),
    /// open(2).
    var isExhaustion: Bool {
        self == .noSpace || self == .noMemory || self == .tooManyOpenFiles || self == .tooManyOpenFilesInSystem
    }
}

/// What swift-system says has failed; it throws nothing but `Errno`, though its declarations do not say so.
func errnoOfSystem(_ error: any Error) -> Errno {
    guard let errno = error as? Errno else { preconditionFailure("swift-system has thrown \(error)") }
    return errno
}

/// What is in a directory of state, hidden files left out, in the order of the names.
struct DirectoryListing {
    var files: [String] = []
    var directories: [String] = []

    init(_ path: String) throws(Errno) {
        guard let directory = opendir(path) else { throw Errno(rawValue: errno) }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasPrefix(".") { continue }
            if try Self.isDirectory(entry.pointee, path + "/" + name) {
                directories.append(name)
            } else if isStateFileName(name) {
                files.append(name)
            }
        }
        files.sort()
        directories.sort()
    }

    /// Symbolic links are not followed to directories, so that no directory is read twice or without end.
    private static func isDirectory(_ entry: dirent, _ path: String) throws(Errno) -> Bool {
        // Some file systems do not say: readdir(3).
        guard Int(entry.d_type) == Int(DT_UNKNOWN) else { return Int(entry.d_type) == Int(DT_DIR) }
        do {
            return try FileStatus(path: path, followsLink: false).kind == .directory
        } catch Errno.noSuchFileOrDirectory {
            return false
        }
    }
}

/// The files of state in a directory and all directories in it.
struct TreeWalk {
    /// In the order of their paths, directory by directory.
    var files: [String] = []
    /// The directories that could not.
    var unreadable: [(path: String, errno: Errno)] = []

    /// Walks the tree. A directory that is gone before it is read has nothing in it.
    ///
    /// - Parameter enter: Called for each directory before it is listed.
    init(_ root: String, enter: (String) throws(Errno) -> Void = { _ in }) {
        var pending = [root]
        while let path = pending.popLast() {
            do throws(Errno) {
                try enter(path)
                let listing = try DirectoryListing(path)
                files += listing.files.map { path + "/" + $0 }
                pending += listing.directories.reversed().map { path + "/" + $0 }
            } catch {
                switch error {
                case .noSuchFileOrDirectory, .notDirectory: continue
                default: unreadable.append((path, error))
                }
            }
        }
    }
}
