import Foundation

/// What a finished command left behind.
package struct CommandOutput: Sendable {
    /// The exit status, or the signal that ended it.
    package let status: Int32
    /// Standard output.
    package let output: String
    /// Standard error.
    package let errors: String
}

/// Commands for tests: the oracles (`nft`, `ip`) and nothing that is shipped.
package enum Shell {
    /// Runs a command, found in `PATH`, to its end.
    ///
    /// - Throws: an error if it cannot be started.
    package static func run(_ command: [String], input: String = "") throws -> CommandOutput {
        // Files rather than pipes: no reader is needed, and no output is too long.
        let folder = FileManager.default.temporaryDirectory.appending(path: "sy-shell-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { remove(folder) }
        let files = ["in", "out", "err"].map { folder.appending(path: $0) }
        try Data(input.utf8).write(to: files[0])
        for file in files.dropFirst() { try Data().write(to: file) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.standardInput = try FileHandle(forReadingFrom: files[0])
        process.standardOutput = try FileHandle(forWritingTo: files[1])
        process.standardError = try FileHandle(forWritingTo: files[2])
        try process.run()
        process.waitUntilExit()
        return CommandOutput(
            status: process.terminationStatus, output: try String(contentsOf: files[1], encoding: .utf8),
            errors: try String(contentsOf: files[2], encoding: .utf8))
    }

    /// Runs a command that must succeed.
    ///
    /// - Returns: what it wrote to standard output.
    /// - Throws: ``NetworkNamespace/Failure`` with what it wrote to standard error.
    @discardableResult
    package static func check(_ command: [String], input: String = "") throws -> String {
        let result = try run(command, input: input)
        guard result.status == 0 else {
            let line = command.joined(separator: " ")
            throw NetworkNamespace.Failure(description: "`\(line)` ended with \(result.status): \(result.errors)")
        }
        return result.output
    }

    private static func remove(_ folder: URL) {
        do {
            try FileManager.default.removeItem(at: folder)
        } catch {
            FileHandle.standardError.write(Data("leaving \(folder.path()) behind: \(error)\n".utf8))
        }
    }
}
