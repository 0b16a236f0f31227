import ClusterModel
package import ClusterState
import Glibc
import SystemPackage

/// Reads the cluster's state once; streams to their end.
///
/// - Parameter paths: Each is a directory, searched recursively for YAML and JSON; a file of any name; a pipe; or `-`, standard
///   input. What they have makes one state.
/// - Throws: if there is nothing at a path, or if it cannot be read at all. What is wrong with a file in a directory, or
///   with an object in a file, is a diagnostic.
package func readState(at paths: [String]) throws(StateError) -> StateUpdate {
    var ledger = StateLedger()
    var unknown = UnknownState.nothing
    var diagnostics: [Diagnostic] = []
    for path in paths {
        if path == "-" {
            let stream = try readStream(.standardInput, path, &ledger)
            diagnostics += stream.diagnostics
            unknown = unknown.union(stream.unknown)
        } else if try FileStatus(ofState: path).kind.isStream {
            let descriptor = try openWaiting(path)
            defer { close(descriptor.rawValue) }
            let stream = try readStream(descriptor, path, &ledger)
            diagnostics += stream.diagnostics
            unknown = unknown.union(stream.unknown)
        } else {
            var merger = FileMerger()
            try readTree(path, &merger, &ledger)
            diagnostics += merger.takeDiagnostics()
            unknown = unknown.union(merger.unknown)
        }
    }
    let (edits, conflicts) = ledger.takeChanges()
    return StateUpdate(edits: edits, diagnostics: diagnostics + conflicts, unknown: unknown.union(ledger.unknown))
}

private func readTree(_ path: String, _ merger: inout FileMerger, _ ledger: inout StateLedger) throws(StateError) {
    guard try FileStatus(ofState: path).kind == .directory else {
        merger.take([path], in: &ledger) { readFile($0, upTo: $1) }
        return
    }
    let root = withoutTrailingSlashes(path)
    merger.take(TreeWalk(root), of: root, in: &ledger) { readFile($0, upTo: $1) }
}

/// A pipe's writer is waited for.
private func openWaiting(_ path: String) throws(StateError) -> FileDescriptor {
    do {
        return try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
    } catch {
        throw StateError(path: path, operation: "open", reason: "\(errnoOfSystem(error))")
    }
}

private func readStream(
    _ stream: FileDescriptor, _ name: String, _ ledger: inout StateLedger
) throws(StateError) -> (diagnostics: [Diagnostic], unknown: UnknownState) {
    var state = StreamState(name: name)
    do throws(Errno) {
        while true {
            let bytes = try readSome(stream)
            if bytes.isEmpty { break }
            state.append(bytes, .now, &ledger)
        }
    } catch {
        throw StateError(path: name, operation: "read", reason: "\(error)")
    }
    state.finish(isLast: true, .now, &ledger)
    return (state.takeDiagnostics(), state.unknown)
}
