import Glibc
import SystemPackage

/// Reads the cluster's state once.
///
/// - Parameter path: A directory, searched recursively for `*.json`; a file of any name; or `-`, standard input.
/// - Throws: if there is nothing at the path, or if it cannot be read at all. What is wrong with a file in a directory, or
///   with an object in a file, is a diagnostic.
public func readState(at path: String) throws(StateError) -> StateUpdate {
    if path == "-" { return try readStream(.standardInput, "-") }
    let kind: FileStatus.Kind
    do {
        kind = try FileStatus(path: path).kind
    } catch {
        throw StateError(path: path, operation: "read", errno: error)
    }
    var merger = FileMerger()
    switch kind {
    case .directory:
        let walk = try TreeWalk(withoutTrailingSlashes(path))
        for (directory, errno) in walk.unreadable { merger.set(directory, .unreadable("cannot read: \(errno)")) }
        for file in walk.files { merger.set(file, readFile(file)) }
    case .regular: merger.set(path, readFile(path))
    default:
        let stream = try openStream(path)
        defer { close(stream.rawValue) }
        return try readStream(stream, path)
    }
    return merger.takeUpdate() ?? StateUpdate()
}

private func readStream(_ stream: FileDescriptor, _ name: String) throws(StateError) -> StateUpdate {
    var state = StreamState(name: name)
    do {
        while true {
            let bytes = try readSome(stream)
            if bytes.isEmpty { break }
            state.append(bytes)
        }
    } catch {
        throw StateError(path: name, operation: "read", errno: error)
    }
    state.finish()
    return state.takeUpdate() ?? StateUpdate()
}
