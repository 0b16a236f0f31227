import ArgumentParser
import Glibc
import SystemPackage

/// Where the process begins and ends.
@main
enum Main {
    static func main() async {
        openStandardDescriptors()
        // Whoever writes to a pipe or a connection that nobody reads any more is told so by the error.
        signal(SIGPIPE, SIG_IGN)
        exit(await run(Array(CommandLine.arguments.dropFirst())))
    }

    /// - Returns: the exit status.
    private static func run(_ arguments: [String]) async -> Int32 {
        do {
            let normalized = try NormalizedArguments(arguments)
            var command = try await Switchyard.asyncParseAsRoot(normalized.arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return 0
        } catch let failure as OutputFailure {
            return end(after: failure)
        } catch {
            return end(after: error)
        }
    }

    /// Says what happened, which may be that help was asked for.
    private static func end(after error: any Error) -> Int32 {
        let status = Switchyard.exitCode(for: error)
        let message = Switchyard.fullMessage(for: error)
        if message.isEmpty { return status.rawValue }
        do {
            if status == .success { try printText(message + "\n") } else { try printError(message + "\n") }
            return status.rawValue
        } catch {
            return end(after: error)
        }
    }

    /// If it is standard error that cannot be written, the status alone tells.
    private static func end(after failure: OutputFailure) -> Int32 {
        // As the shell says of a program that the signal ended.
        if failure.isReaderGone { return 128 + SIGPIPE }
        do {
            try printError("error: \(failure)\n")
        } catch {
            return ExitCode.failure.rawValue
        }
        return ExitCode.failure.rawValue
    }
}

/// Makes sure that no file or socket that is opened later gets a number at which text is written or read.
///
/// Standard input, if it was closed, still cannot be read: an empty state must not be made of a missing one.
private func openStandardDescriptors() {
    for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDWR), (STDERR_FILENO, O_RDWR)]
    where fcntl(descriptor, F_GETFD) < 0 {
        // The kernel gives the lowest number that is free.
        guard open("/dev/null", mode) == descriptor else { exit(ExitCode.failure.rawValue) }
    }
}
