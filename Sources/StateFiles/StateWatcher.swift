package import ClusterState
import Glibc
package import SystemPackage

/// Follows the cluster's state in directories of files, in single files, and in streams, all at once.
///
/// A thread of its own waits for the files and reads them, so that a slow disk holds up no task. It ends, and closes what
/// it has opened, with ``stop()``, or when the watcher is let go.
package final class StateWatcher: StateFeed {
    private let mailbox: Mailbox

    /// Follows the state at some paths; what they have makes one state.
    ///
    /// The first update comes when all is there: every file has been read, and every stream has said that it has sent all
    /// objects of what it has, Services and their endpoints among them. A stream says so by a list (`ServiceList`, `List`),
    /// by a `BOOKMARK` event with the annotation `k8s.io/initial-events-end`, or by its end.
    ///
    /// - Parameters:
    ///   - paths: Each is a directory, searched recursively; a file of any name; a named pipe, which writers may open one
    ///     after another; or `-`, standard input.
    ///   - settle: How long there must be no change before the state is taken in, though never less than 10 ms, so that a
    ///     row of changes becomes one update. It is never waited for more than 1 s, or for `settle` if that is longer.
    ///   - onWait: Told from time to time what the first update waits for, if it waits for long.
    /// - Throws: if there is nothing at a path, or if it cannot be watched.
    package convenience init(
        paths: [String], settle: Duration, onWait: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(StateError) {
        var sources: [any StateSource] = []
        for path in paths {
            if path == "-" {
                sources.append(StreamSource(.standardInput, name: path))
            } else if try FileStatus(ofState: path).kind.isStream {
                sources.append(try StreamSource(path: path))
            } else {
                sources.append(try TreeSource(path))
            }
        }
        try self.init(StateSources(sources, settle: settle), onWait)
    }

    /// Follows a stream of objects or watch events.
    ///
    /// - Parameters:
    ///   - stream: Where to read. It stays open, and must until ``next()`` has returned nil.
    ///   - settle: As with paths.
    package convenience init(stream: FileDescriptor, settle: Duration) throws(StateError) {
        try self.init(StateSources([StreamSource(stream, name: "-")], settle: settle)) { _ in }
    }

    init(
        _ sources: StateSources, _ onWait: @escaping @Sendable (String) -> Void
    ) throws(StateError) {
        let mailbox = try Mailbox()
        self.mailbox = mailbox
        try startThread { [sources] in
            var sources = sources
            run(&sources, mailbox, onWait)
            sources.close()
        }
    }

    deinit {
        mailbox.stop()
    }

    /// What changed since the last call; the first call gives all there is. Waits until something changes.
    ///
    /// One task may wait at a time.
    ///
    /// - Returns: nil after the end of a stream, after ``stop()``, and if the task is cancelled.
    /// - Throws: if the state can no longer be watched. What was said before stays true.
    package func next() async throws(StateError) -> StateUpdate? {
        try await mailbox.next().get()
    }

    /// Ends it: ``next()`` returns nil from now on.
    package func stop() {
        mailbox.stop()
    }
}

/// How long is waited for the first update before it is said what for, and how often that is said again.
private let (firstWait, furtherWait) = (Duration.seconds(10), Duration.seconds(60))

/// The life of the thread.
private func run(_ sources: inout StateSources, _ mailbox: Mailbox, _ onWait: (String) -> Void) {
    var waitDue: SettleTimer.Instant? = .now.advanced(by: firstWait)
    do throws(StateError) {
        while !mailbox.isEnded {
            let due = [sources.settleDue, sources.pollDue, waitDue].compactMap { $0 }.min()
            let isReadable = try waitForEvents(mailbox.wakeUp, sources.descriptors, until: due)
            let now = SettleTimer.Instant.now
            try sources.receive(isReadable, now)
            sources.poll(now)
            if let due = sources.settleDue, due <= .now { sources.settle(now) }
            let hasEnded = sources.hasEnded
            if sources.settleDue == nil, mailbox.isWanted || hasEnded, let update = sources.takeUpdate() {
                mailbox.deliver(update)
            }
            if sources.isListed {
                waitDue = nil
            } else if let due = waitDue, due <= now {
                waitDue = now.advanced(by: furtherWait)
                onWait("waiting for " + sources.waitingFor.joined(separator: ", and for "))
            }
            if hasEnded { mailbox.end(.success(nil)) }
        }
    } catch {
        mailbox.end(.failure(error))
    }
}

/// Waits until a descriptor is readable, someone wakes the thread, or the time has come.
///
/// - Returns: which descriptors are readable.
private func waitForEvents(
    _ wakeUp: WakePipe, _ descriptors: [FileDescriptor?], until due: SettleTimer.Instant?
) throws(StateError) -> [Bool] {
    // poll(2) passes over negative descriptors.
    var polled = ([wakeUp.readEnd] + descriptors).map {
        pollfd(fd: $0?.rawValue ?? -1, events: Int16(POLLIN), revents: 0)
    }
    do throws(Errno) {
        guard poll(&polled, nfds_t(polled.count), milliseconds(until: due)) >= 0 else {
            let errno = Errno(rawValue: Glibc.errno)
            if errno == .interrupted { return descriptors.map { _ in false } }
            throw errno
        }
        if polled[0].revents != 0 { try wakeUp.drain() }
    } catch {
        throw StateError(path: "state", operation: "poll", reason: "\(error)")
    }
    return polled.dropFirst().map { $0.revents != 0 }
}

/// The timeout for `poll(2)`, rounded up so that the time has come when it returns.
private func milliseconds(until due: SettleTimer.Instant?) -> CInt {
    guard let due else { return -1 }
    let (seconds, attoseconds) = SettleTimer.Instant.now.duration(to: due).components
    if seconds > 3600 { return 3_600_000 }
    return CInt(max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1))
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
        self.run = run
    }
}

private func startThread(_ run: @escaping @Sendable () -> Void) throws(StateError) {
    let body = Unmanaged.passRetained(ThreadBody(run))
    var thread = pthread_t()
    let result = pthread_create(
        &thread, nil,
        { argument in
            if let argument { Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run() }
            return nil
        }, body.toOpaque())
    guard result == 0 else {
        body.release()
        throw StateError(path: "thread", operation: "start", reason: Errno(rawValue: result).description)
    }
    pthread_detach(thread)
}
