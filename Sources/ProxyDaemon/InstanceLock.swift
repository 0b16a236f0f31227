import ClusterModel
import Foundation
import Glibc
package import Logging

/// Keeps two daemons from undoing each other's rules: there is one in a network namespace.
///
/// It is an abstract socket (unix(7)), whose names belong to the network namespace, as the rules do, and which the kernel
/// gives up with its process, however that ends. Anybody may take such a name, so that only a holder of our own user or
/// of root counts.
package final class InstanceLock: Sendable {
    /// Another daemon keeps the rules here.
    package struct Taken: Error, Hashable, CustomStringConvertible {
        /// Who, as far as it can be told.
        package let holder: Holder

        /// One line.
        package var description: String {
            "another switchyard keeps the rules in this network namespace: \(holder); two would undo each other's"
        }
    }

    /// The process that has the lock.
    package struct Holder: Hashable, Sendable, CustomStringConvertible {
        /// As this process sees it; 0 if it is in a PID namespace that cannot be seen from here.
        package let processID: Int32

        /// `process 4711 (switchyard run --state /etc/state)`.
        package var description: String {
            if processID == 0 { return "a process of another PID namespace" }
            let command = commandLine
            return "process \(processID)" + (command.isEmpty ? "" : " (\(command))")
        }

        /// Its words, cut where nobody would read on.
        private var commandLine: String {
            guard let file = FileHandle(forReadingAtPath: "/proc/\(processID)/cmdline") else { return "" }
            let bytes = file.readData(ofLength: 200)
            let text = String(decoding: bytes.map { $0 == 0 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
            return text.trimmingCharacters(in: .whitespaces).printable
        }
    }

    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    /// Lets the next one in, which otherwise the end of the process does.
    package func release() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Takes those from the queue who only connect to learn who this is: a full queue would keep it from them.
    private func admitVisitors() {
        let descriptor = descriptor
        let thread = Thread {
            while true {
                let visitor = accept(descriptor, nil, nil)
                if visitor >= 0 {
                    close(visitor)
                } else if errno == EINVAL {
                    break  // It has been released.
                } else if errno != EINTR && errno != ECONNABORTED {
                    sleep(1)
                }
            }
            close(descriptor)
        }
        thread.name = "instance lock"
        thread.start()
    }

    /// Takes the lock; waits for a while for a holder that is about to end.
    ///
    /// - Returns: nil if somebody has the name who does not count; then there is a warning in the log.
    /// - Throws: ``Taken``, or `CancellationError`.
    package static func take(waitingUpTo limit: Duration, _ logger: Logger) async throws -> InstanceLock? {
        let end = ContinuousClock.now.advanced(by: limit)
        while true {
            if let lock = try bind() { return lock }
            do {
                guard let holder = try holder() else { continue }
                if ContinuousClock.now >= end { throw Taken(holder: holder) }
            } catch let error as Pretender {
                logger.warning("\(error); going on without a lock")
                return nil
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Somebody has the name who cannot be one of ours.
    private struct Pretender: Error, CustomStringConvertible {
        let description = "somebody without privilege pretends to be a switchyard"
    }

    /// Who has the lock; nil if nobody does.
    package static func holder() throws -> Holder? {
        let descriptor = try open()
        defer { close(descriptor) }
        let result = withAddress { connect(descriptor, $0, $1) }
        if result != 0 {
            if errno == ECONNREFUSED { return nil }
            if errno == EAGAIN { throw Pretender() }  // One of ours would have taken those in the queue.
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        // Those of the moment at which it began to listen.
        var credentials: (pid: pid_t, uid: uid_t, gid: gid_t) = (0, 0, 0)  // struct ucred
        var length = socklen_t(MemoryLayout.size(ofValue: credentials))
        guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        guard credentials.uid == 0 || credentials.uid == geteuid() else { throw Pretender() }
        return Holder(processID: credentials.pid)
    }

    /// - Returns: nil if somebody has it.
    private static func bind() throws -> InstanceLock? {
        let descriptor = try open(blocking: true)
        guard withAddress({ Glibc.bind(descriptor, $0, $1) }) == 0, listen(descriptor, 16) == 0 else {
            defer { close(descriptor) }
            if errno == EADDRINUSE { return nil }
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        let lock = InstanceLock(descriptor)
        lock.admitVisitors()
        return lock
    }

    private static func open(blocking: Bool = false) throws -> Int32 {
        let mode = blocking ? 0 : Int32(SOCK_NONBLOCK.rawValue)
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | mode
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        return descriptor
    }

    /// The name begins with a zero byte, and its length is part of it.
    private static func withAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name: [UInt8] = [0] + Array("switchyard".utf8)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
