import Glibc
import SystemPackage

/// Puts a file in the place of the one that is there, if any, at once: by one that is complete and on the disk, so that nobody
/// ever reads half of it. For that to outlast a loss of power too, the directory has to be flushed (`fsync(2)`).
///
/// - Parameters:
///   - bytes: What is to be in it.
///   - temporary: The path of the file that is not complete yet, in the same directory. What is there is taken away.
/// - Throws: `Errno`, with the old file as it was.
package func replaceFile(_ path: String, with bytes: [UInt8], by temporary: String) throws {
    unlink(temporary)
    do {
        let file = try FileDescriptor.open(
            temporary, .writeOnly, options: [.create, .exclusiveCreate, .noFollow, .closeOnExec],
            permissions: [.ownerReadWrite, .groupRead, .otherRead])
        try file.closeAfter {
            try file.writeAll(bytes)
            guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
        }
        guard rename(temporary, path) == 0 else { throw Errno(rawValue: errno) }
    } catch {
        unlink(temporary)
        throw error
    }
}
