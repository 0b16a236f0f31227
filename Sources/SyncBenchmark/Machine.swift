import Glibc

/// What the benchmark asks of the machine failed.
struct MachineFailure: Error, CustomStringConvertible {
    let description: String

    init(_ operation: String) {
        description = "\(operation): \(String(cString: strerror(errno)))"
    }
}

/// Moves this process into a network namespace of its own, empty and gone with the process or the next call.
func enterNewNamespace() throws {
    // Glibc's module has no unshare(2), which is declared for _GNU_SOURCE only.
    typealias Unshare = @convention(c) (Int32) -> Int32
    let newNetwork: Int32 = 0x4000_0000
    guard let symbol = dlsym(nil, "unshare"), unsafeBitCast(symbol, to: Unshare.self)(newNetwork) == 0 else {
        throw MachineFailure("unshare(CLONE_NEWNET)")
    }
}

/// - Returns: the microseconds that the command took, from start to end of its process.
func measure(_ words: [String]) throws -> Int {
    let clock = ContinuousClock()
    var status: Int32 = 0
    let elapsed = try clock.measure {
        var process = pid_t()
        let arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        guard posix_spawnp(&process, words[0], nil, nil, arguments, nil) == 0, waitpid(process, &status, 0) > 0 else {
            throw MachineFailure(words.joined(separator: " "))
        }
    }
    guard status == 0 else { throw MachineFailure("\(words) ended with \(status)") }
    return Int(elapsed / .microseconds(1))
}

func write(_ text: String, to path: String) throws {
    guard let file = fopen(path, "w") else { throw MachineFailure(path) }
    defer { fclose(file) }
    guard fputs(text, file) >= 0 else { throw MachineFailure(path) }
}
