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
    try printError(diagnostics.map { "\($0.severity.rawValue): \($0)".onOneLine + "\n" }.joined())
}

/// Prints to standard error, without a line end of its own.
func printError(_ text: String) throws(OutputFailure) {
    try write(text, to: .standardError, "standard error")
}

private func write(_ text: String, to descriptor: FileDescriptor, _ name: String) throws(OutputFailure) {
    do {
        try descriptor.writeAll(text.utf8)
    } catch {
        throw OutputFailure(stream: name, errno: error as? Errno ?? .ioError)
    }
}

extension String {
    /// With line breaks and other control characters as escapes, so that nobody who can name an object or a file can make
    /// a line of the log, or send a terminal a command.
    var onOneLine: String {
        if !unicodeScalars.contains(where: \.isControl) { return self }
        var line = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "\n": line += "\\n"
            case "\r": line += "\\r"
            case "\t": line += "\\t"
            case _ where scalar.isControl: line += "\\u{\(String(scalar.value, radix: 16))}"
            default: line.unicodeScalars.append(scalar)
            }
        }
        return line
    }
}

extension Unicode.Scalar {
    /// Control characters of ASCII and of Latin-1, and what else breaks lines or turns the direction of writing.
    fileprivate var isControl: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        case .format: (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value)
        default: false
        }
    }
}
