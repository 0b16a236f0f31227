import ClusterState
import Glibc
import StateFiles
import SystemPackage

/// A directory for one test, removed with all that is in it.
final class TemporaryDirectory: Sendable {
    /// A directory that nothing but this test uses.
    private let root: String
    /// The directory of state in it, which a test may remove or move.
    var path: String { root + "/state" }

    init() throws {
        var template = Array("/tmp/switchyard-\(getpid())-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
        root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try makeDirectory("")
    }

    deinit {
        remove(root)
    }

    /// A place beside the directory of state.
    func beside(_ name: String) -> String { "\(root)/\(name)" }

    func file(_ name: String) -> String { name.isEmpty ? path : "\(path)/\(name)" }

    func makeDirectory(_ name: String) throws {
        try check(mkdir(file(name), 0o755))
    }

    /// Writes a file as a shell's `>` does.
    func write(_ name: String, _ text: String) throws {
        try writeFile(file(name), text)
    }

    /// Writes a file under another name and renames it into place.
    func replace(_ name: String, _ text: String) throws {
        try writeFile(beside("new"), text)
        try check(rename(beside("new"), file(name)))
    }

    func delete(_ name: String) throws {
        try check(unlink(file(name)))
    }

    func move(_ name: String, to other: String) throws {
        try check(rename(file(name), other))
    }

    func link(_ name: String, to target: String) throws {
        try check(symlink(target, file(name)))
    }

    /// Removes a directory of the state, or all of it.
    func deleteTree(_ name: String) {
        remove(file(name))
    }

    /// Says when a file was last changed.
    func touch(_ name: String, second: Int) throws {
        let time = timespec(tv_sec: second, tv_nsec: 0)
        try check(utimensat(AT_FDCWD, file(name), [time, time], 0))
    }

    private func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        if status.st_mode & S_IFMT == S_IFDIR, let directory = opendir(path) {
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                if name != "." && name != ".." { remove("\(path)/\(name)") }
            }
            closedir(directory)
        }
        Glibc.remove(path)
    }
}

func check(_ result: CInt) throws {
    if result != 0 { throw Errno(rawValue: errno) }
}

func writeFile(_ path: String, _ text: String) throws {
    let file = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite, .groupRead])
    _ = try file.closeAfter { try file.writeAll(text.utf8) }
}

/// There was no update in time.
struct NoUpdate: Error {}

extension StateWatcher {
    /// The next update, or an error if there is none for half a minute.
    func soon() async throws -> StateUpdate? {
        try await withThrowingTaskGroup(of: StateUpdate?.self) { group in
            group.addTask { try await self.next() }
            group.addTask {
                try await Task.sleep(for: .seconds(30))
                throw NoUpdate()
            }
            defer { group.cancelAll() }
            var update = try await group.next() ?? nil
            // No test can know the moment.
            update?.since = nil
            return update
        }
    }
}
