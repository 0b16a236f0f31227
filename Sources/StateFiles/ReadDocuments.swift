package import ClusterModel
import ClusterState
import SystemPackage

/// A file of the state, as it is written.
package struct StateText: Sendable {
    /// The path; `-` for standard input.
    package var file: String
    /// Its documents; or why there are none, in words.
    package var documents: Result<[FileDocument], StateTextFailure>
}

/// A file of which nothing can be told.
package struct StateTextFailure: Error, Hashable, Sendable {
    /// Where it stops making sense; nil if it cannot be read.
    package var position: TextPosition?
    package var message: String
}

/// Reads files, one after another, without looking into their documents.
///
/// - Parameters:
///   - paths: Each is a directory, searched recursively for YAML and JSON; a file of any name; or `-`, standard input.
///   - body: Called with each file, in the order of the paths, and of the files' paths in a directory.
/// - Throws: if there is nothing at a path, or what `body` throws.
package func readDocuments(at paths: [String], _ body: (StateText) throws -> Void) throws {
    for path in paths {
        if path == "-" {
            try body(StateText(path, readToEnd(.standardInput)))
            continue
        }
        guard try FileStatus(ofState: path).kind == .directory else {
            try body(StateText(path, readFile(path, upTo: fileSizeMax)))
            continue
        }
        let walk = TreeWalk(withoutTrailingSlashes(path))
        for (directory, errno) in walk.unreadable {
            try body(StateText(directory, .unreadable("cannot read: \(errno)")))
        }
        for file in walk.files { try body(StateText(file, readFile(file, upTo: fileSizeMax))) }
    }
}

private func readToEnd(_ stream: FileDescriptor) -> FileReading<[UInt8]> {
    var bytes: [UInt8] = []
    do throws(Errno) {
        while true {
            let piece = try readSome(stream)
            if piece.isEmpty { return .read(bytes, size: bytes.count, modified: .now) }
            bytes += piece
            if bytes.count > fileSizeMax { return .unreadable("is not read: it has more than \(fileSizeMax) bytes") }
        }
    } catch {
        return .unreadable("cannot read: \(error)")
    }
}

extension StateText {
    fileprivate init(_ file: String, _ reading: FileReading<[UInt8]>) {
        self.file = file
        switch reading {
        case .read(let bytes, _, _):
            documents = FileDocuments(bytes, file: file).documents.mapError { error in
                StateTextFailure(position: error.position, message: "no valid \(error.format): \(error.message)")
            }
        case .absent: documents = .failure(StateTextFailure(message: "is no file that can be read"))
        case .unreadable(let reason), .exhausted(let reason):
            documents = .failure(StateTextFailure(message: reason))
        }
    }
}
