import Foundation
import Glibc

/// A network namespace of its own for one test, made by `ip netns add` and deleted when the value goes.
///
/// A netlink socket stays in the namespace in which it was opened, so ``perform(_:)`` is only needed to open one.
package final class NetworkNamespace: Sendable {
    /// What a test machine lacks, or what went wrong in a command that must work.
    package struct Failure: Error, CustomStringConvertible {
        /// A sentence.
        package let description: String
    }

    /// The name, as `ip netns list` shows it.
    package let name: String

    /// Makes a namespace whose name is `label` with the process id and a number that makes it unique.
    ///
    /// - Throws: ``Failure`` if the machine cannot make one (no root, no iproute2).
    package init(_ label: String) throws {
        name = "sy-\(label)-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        try Shell.check(["ip", "netns", "add", name])
        do {
            try Shell.check(["ip", "-n", name, "link", "set", "lo", "up"])
        } catch {
            try Shell.check(["ip", "netns", "delete", name])
            throw error
        }
    }

    deinit {
        do {
            try Shell.check(["ip", "netns", "delete", name])
        } catch {
            FileHandle.standardError.write(Data("leaving namespace \(name) behind: \(error)\n".utf8))
        }
    }

    /// Runs a command in the namespace to its end.
    ///
    /// - Throws: ``Failure`` if it cannot be started; a failing command is no error here, see ``CommandOutput/status``.
    package func run(_ command: [String], input: String = "") throws -> CommandOutput {
        try Shell.run(["ip", "netns", "exec", name] + command, input: input)
    }

    /// Runs a command in the namespace that must succeed.
    ///
    /// - Returns: what it wrote to standard output.
    /// - Throws: ``Failure`` with what it wrote to standard error.
    @discardableResult
    package func check(_ command: [String], input: String = "") throws -> String {
        try Shell.check(["ip", "netns", "exec", name] + command, input: input)
    }

    /// Runs the closure on a thread of its own, in the namespace, and waits for it.
    ///
    /// The thread ends with the closure, so that no other code ever runs in the namespace by accident.
    package func perform<Value>(_ body: () throws -> Value) throws -> Value {
        try withoutActuallyEscaping(body) { body in
            let work = NamespaceThread(namespace: name, body)
            return try work.run()
        }
    }
}

/// A thread that enters a namespace, runs a closure, and ends.
private final class NamespaceThread<Value> {
    private let namespace: String
    private let body: () throws -> Value
    private var result: Result<Value, any Error>?

    init(namespace: String, _ body: @escaping () throws -> Value) {
        self.namespace = namespace
        self.body = body
    }

    func run() throws -> Value {
        let start: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
            guard let argument else { return nil }
            Unmanaged<AnyThread>.fromOpaque(argument).takeUnretainedValue().body()
            return nil
        }
        let thread = AnyThread { [self] in result = Result { try enterAndRun() } }
        var id = pthread_t()
        let status = withExtendedLifetime(thread) {
            let status = pthread_create(&id, nil, start, Unmanaged.passUnretained(thread).toOpaque())
            return status == 0 ? pthread_join(id, nil) : status
        }
        guard status == 0, let result else { throw NetworkNamespace.Failure(description: "no thread: \(status)") }
        return try result.get()
    }

    private func enterAndRun() throws -> Value {
        let descriptor = open("/var/run/netns/\(namespace)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw NetworkNamespace.Failure(description: "open \(namespace): errno \(errno)") }
        defer { close(descriptor) }
        // Glibc's module has no setns(2), which is declared for _GNU_SOURCE only.
        typealias SetNamespace = @convention(c) (Int32, Int32) -> Int32
        let newNetwork: Int32 = 0x4000_0000
        guard let symbol = dlsym(nil, "setns"),
            unsafeBitCast(symbol, to: SetNamespace.self)(descriptor, newNetwork) == 0
        else { throw NetworkNamespace.Failure(description: "setns \(namespace): errno \(errno)") }
        return try body()
    }
}

/// What a thread runs; without type parameters, since a C function pointer can have none.
private final class AnyThread {
    let body: () -> Void

    init(_ body: @escaping () -> Void) { self.body = body }
}
