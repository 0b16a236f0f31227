import Foundation
import Glibc
import TestSupport

/// Something did not happen in time, or a process ended that should not have.
struct Disappointment: Error, CustomStringConvertible {
    let description: String
}

/// Waits until the condition holds.
///
/// - Throws: ``Disappointment`` if it does not within a minute, which is far more than any of it takes.
func wait(for what: String, _ isMet: () throws -> Bool) throws {
    let deadline = ContinuousClock.now.advanced(by: .seconds(60))
    while try !isMet() {
        if ContinuousClock.now > deadline { throw Disappointment(description: "waited in vain for \(what)") }
        usleep(20_000)
    }
}

/// A process that runs beside the test, in a namespace; it is killed when the value goes.
final class BackgroundProcess {
    private let process = Process()
    private let folder: URL
    private let input = Pipe()
    private let command: String

    /// Starts it.
    ///
    /// - Parameter errors: Where its standard error goes, if not into ``errors``.
    init(_ command: [String], in namespace: NetworkNamespace, errors: FileHandle? = nil) throws {
        self.command = command.joined(separator: " ")
        folder = FileManager.default.temporaryDirectory.appending(path: "sy-process-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        process.executableURL = URL(filePath: "/usr/bin/env")
        // `ip netns exec` becomes the command, so that a signal reaches it.
        process.arguments = ["ip", "netns", "exec", namespace.name] + command
        process.standardInput = input
        process.standardOutput = try file("output")
        let ownErrors = try file("errors")
        process.standardError = errors ?? ownErrors
        try process.run()
    }

    deinit {
        do {
            if process.isRunning {
                Glibc.kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
            }
            try FileManager.default.removeItem(at: folder)
        } catch {
            FileHandle.standardError.write(Data("leaving \(folder.path()) behind: \(error)\n".utf8))
        }
    }

    private func file(_ name: String) throws -> FileHandle {
        let url = folder.appending(path: name)
        try Data().write(to: url)
        return try FileHandle(forWritingTo: url)
    }

    /// The process id.
    var identifier: Int32 { process.processIdentifier }

    /// The lines of standard output so far.
    var output: [Substring] {
        get throws { try lines("output") }
    }

    /// The lines of standard error so far.
    var errors: [Substring] {
        get throws { try lines("errors") }
    }

    private func lines(_ name: String) throws -> [Substring] {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8).split(separator: "\n")
    }

    /// Writes a line to standard input.
    func send(_ line: String) throws { try input.fileHandleForWriting.write(contentsOf: Data("\(line)\n".utf8)) }

    /// Waits until the process has done something that can be seen.
    func wait(for what: String, _ isMet: () throws -> Bool) throws {
        do {
            try OracleTests.wait(for: what) {
                if try isMet() { return true }
                if !process.isRunning { throw Disappointment(description: "it ended before \(what)") }
                return false
            }
        } catch {
            let log = try errors.suffix(20).joined(separator: "\n")
            throw Disappointment(description: "\(command): \(error)\n\(log)")
        }
    }

    /// Ends the process at once (SIGKILL), and waits for it.
    func kill() throws {
        Glibc.kill(process.processIdentifier, SIGKILL)
        try OracleTests.wait(for: "the end of \(command)") { !process.isRunning }
    }

    /// Asks the process to end, and waits for it.
    ///
    /// - Returns: its exit status.
    func terminate() throws -> Int32 {
        process.terminate()
        try OracleTests.wait(for: "the end of \(command)") { !process.isRunning }
        return process.terminationStatus
    }
}
