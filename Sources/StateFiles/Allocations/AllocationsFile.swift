package import Allocation
package import ClusterModel
package import ClusterState
import DurableFiles
import Glibc
import Synchronization
import SystemPackage

/// The file in which it is remembered what Services have been given, for one writer at a time.
///
/// It is replaced as a whole by one that is complete and on the disk. The lock is a file beside it, `FILE.lock`, since the
/// file itself is another one each time.
package final class AllocationsFile: AllocationStore {
    /// Its path.
    package let name: String

    /// The lock file, once it could be had.
    private let lock = Mutex<FileDescriptor?>(nil)

    /// Takes a file for this process; it need not be there yet. Where no lock file can be made, as on a file system that is
    /// read-only, nothing can be saved either.
    ///
    /// - Throws: if another process has it.
    package init(_ path: String) throws(StateError) {
        name = path
        do throws(StateError) {
            try takeLock()
        } catch {
            if error.operation == Self.lockOperation { throw error }
        }
    }

    deinit {
        lock.withLock { descriptor in
            if let descriptor { _ = close(descriptor.rawValue) }
        }
    }

    private static let lockOperation = "lock"

    private func takeLock() throws(StateError) {
        try lock.withLock { descriptor throws(StateError) in
            if descriptor != nil { return }
            let file: FileDescriptor
            do {
                file = try FileDescriptor.open(
                    name + ".lock", .readWrite, options: [.create, .closeOnExec, .noFollow],
                    permissions: .ownerReadWrite)
            } catch {
                throw StateError(path: name, operation: "write", reason: "\(errnoOfSystem(error)) (\(name).lock)")
            }
            if flock(file.rawValue, LOCK_EX | LOCK_NB) != 0 {
                let errno = Errno(rawValue: errno)
                _ = close(file.rawValue)
                let words = errno == .wouldBlock ? "another process of switchyard has it" : "\(errno)"
                throw StateError(path: name, operation: Self.lockOperation, reason: words)
            }
            descriptor = file
        }
    }

    package func save(_ allocations: [NamespacedName: ServiceAllocation]) throws(StateError) {
        try takeLock()
        let bytes = AllocationsText.bytes(of: allocations)
        do {
            try checkWritable()
            try replaceFile(name, with: bytes, by: name + ".new")
            try flushDirectory()
        } catch {
            throw StateError(path: name, operation: "write", reason: "\(errnoOfSystem(error))")
        }
    }

    /// Whoever has made the file read-only means it, though a file beside it could take its place.
    private func checkWritable() throws(Errno) {
        var status = stat()
        if stat(name, &status) == 0, status.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH) == 0 { throw .permissionDenied }
    }

    /// Sees to it that the file is the new one after a loss of power too.
    private func flushDirectory() throws {
        let directory = FilePath(name).removingLastComponent()
        let descriptor = try FileDescriptor.open(
            directory.isEmpty ? "." : directory, .readOnly, options: [.directory, .closeOnExec])
        try descriptor.closeAfter {
            guard fsync(descriptor.rawValue) == 0 else { throw Errno(rawValue: errno) }
        }
    }

    /// What is in such a file; nothing if it is not there yet.
    ///
    /// - Throws: if it cannot be read, or if it is damaged. It is then left as it is, since whatever is in it may be in use.
    package static func load(_ path: String) throws(StateError) -> [NamespacedName: ServiceAllocation] {
        let directory = FilePath(path).removingLastComponent()
        if !directory.isEmpty {
            guard try FileStatus(ofState: directory.string).kind == .directory else {
                throw StateError(path: path, operation: "read", reason: "\(directory) is no directory")
            }
        }
        switch readFile(path, upTo: fileSizeMax) {
        case .unreadable(let reason), .exhausted(let reason):
            throw StateError(path: path, operation: "be used", reason: reason)
        case .absent:
            var status = stat()
            if lstat(path, &status) == 0 { throw StateError(path: path, operation: "read", reason: "it is no file") }
            return [:]
        case .read(let bytes, _, _):
            do throws(AllocationsText.Damage) {
                return try AllocationsText.allocations(in: bytes)
            } catch {
                throw StateError(
                    path: path, operation: "be used",
                    reason: "it is damaged (\(error.words)), and is left as it is; to begin anew, move it away")
            }
        }
    }
}
