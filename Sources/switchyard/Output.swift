import ArgumentParser
import ClusterModel
import SystemPackage

/// Something could not be written for the user.
struct OutputFailure: Error, CustomStringConvertible {
    let stream: String
    let errno: Errno

    /// Whether nobody reads any more, as after `| head -1`, which is no fault.
    var isReaderGone: Bool { errno == .brokenPipe }

    var description: String { "cannot write to \(stream): \(errno)" }
}

/// Prints to standard output, without a line end of its own.
func printText(_ text: String) throws(OutputFailure) {
    try write(text, to: .standardOutput, "standard output")
}

/// Prints to standard error, a line each.
func printDiagnostics(_ diagnostics: [Diagnostic]) throws(OutputFailure) {
    try printError(diagnostics.lines)
}

/// Ends a command that has done what could be done: prints to standard error, a line each.
///
/// - Throws: the exit status, if something is an error.
func finish(_ diagnostics: [Diagnostic]) throws {
    try printDiagnostics(diagnostics)
    if diagnostics.contains(where: { $0.severity == .error }) { throw ExitCode.failure }
}

/// Prints to standard error, without a line end of its own.
func printError(_ text: String) throws(OutputFailure) {
    try write(text, to: .standardError, "standard error")
}

extension [Diagnostic] {
    /// A line each, with how bad it is.
    var lines: String { map { "\($0.severity.rawValue): \($0)".printable + "\n" }.joined() }
}

private func write(_ text: String, to descriptor: FileDescriptor, _ name: String) throws(OutputFailure) {
    do {
        try descriptor.writeAll(text.utf8)
    } catch {
        throw OutputFailure(stream: name, errno: error as? Errno ?? .ioError)
    }
}
