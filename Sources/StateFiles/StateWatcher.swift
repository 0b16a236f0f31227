import Glibc
public import SystemPackage

/// Follows the cluster's state in a directory of `*.json` files, in one file, or in a stream.
///
/// A thread of its own waits for the files and reads them, so that a slow disk holds up no task. It ends, and closes what
/// it has opened, with ``stop()``, or when the watcher is let go.
public final class StateWatcher: Sendable {
    private let mailbox: Mailbox

    /// Follows the state at a path.
    ///
    /// - Parameters:
    ///   - path: A directory, searched recursively; a file of any name; or `-`, standard input.
    ///   - settle: How long there must be no change before the state is taken in: the wait of `--min-sync-period`, though
    ///     never less than 10 ms, so that a row of changes becomes one update. It is never waited for more than 1 s, or
    ///     for `settle` if that is longer.
    /// - Throws: if there is nothing at the path, or if it cannot be watched.
    public convenience init(path: String, settle: Duration) throws(StateError) {
        if path == "-" {
            try self.init(stream: .standardInput, settle: settle)
            return
        }
        let kind: FileStatus.Kind
        do {
            kind = try FileStatus(path: path).kind
        } catch {
            throw StateError(path: path, operation: "read", errno: error)
        }
        if kind == .directory || kind == .regular {
            try self.init(try TreeSource(path, settle: settle))
        } else {
            let stream = try openStream(path)
            try self.init(StreamSource(stream, name: path, settle: settle), closing: stream)
        }
    }

    /// Follows a stream of objects or watch events, such as what `kubectl get ... --watch --output-watch-events -o json`
    /// prints. The first update has what comes until the stream is quiet for 200 ms, or until it says that the initial
    /// lists of Services and of their endpoints are complete.
    ///
    /// - Parameters:
    ///   - stream: Where to read. It stays open, and must until ``next()`` has returned nil.
    ///   - settle: As with a path.
    public convenience init(stream: FileDescriptor, settle: Duration) throws(StateError) {
        try self.init(StreamSource(stream, name: "-", settle: settle))
    }

    private init(_ source: some StateSource, closing descriptor: FileDescriptor? = nil) throws(StateError) {
        let mailbox = try Mailbox()
        self.mailbox = mailbox
        try startThread { [source] in
            var source = source
            run(&source, mailbox)
            if let descriptor { close(descriptor.rawValue) }
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
    public func next() async throws(StateError) -> StateUpdate? {
        try await mailbox.next().get()
    }

    /// Ends it: ``next()`` returns nil from now on.
    public func stop() {
        mailbox.stop()
    }
}

/// The life of the thread.
private func run(_ source: inout some StateSource, _ mailbox: Mailbox) {
    do throws(StateError) {
        while !mailbox.isEnded {
            if try waitForEvent(mailbox.wakeUp, source.descriptor, until: source.due) { try source.receive(.now) }
            if let due = source.due, due <= .now { try source.settle() }
            let hasEnded = source.descriptor == nil
            if source.due == nil, mailbox.isWanted || hasEnded, let update = source.takeUpdate() {
                mailbox.deliver(update)
            }
            if hasEnded { mailbox.end(.success(nil)) }
        }
    } catch {
        mailbox.end(.failure(error))
    }
}

/// Waits until the descriptor is readable, someone wakes the thread, or the time has come.
///
/// - Returns: whether the descriptor is readable.
private func waitForEvent(
    _ wakeUp: WakePipe, _ descriptor: FileDescriptor?, until due: SettleTimer.Instant?
) throws(StateError) -> Bool {
    // poll(2) passes over negative descriptors.
    var polled = [wakeUp.readEnd.rawValue, descriptor?.rawValue ?? -1].map {
        pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    do throws(Errno) {
        guard poll(&polled, nfds_t(polled.count), milliseconds(until: due)) >= 0 else {
            let errno = Errno(rawValue: Glibc.errno)
            if errno == .interrupted { return false }
            throw errno
        }
        if polled[0].revents != 0 { try wakeUp.drain() }
    } catch {
        throw StateError(path: "state", operation: "poll", errno: error)
    }
    return polled[1].revents != 0
}

/// The timeout for `poll(2)`, rounded up so that the time has come when it returns.
private func milliseconds(until due: SettleTimer.Instant?) -> CInt {
    guard let due else { return -1 }
    let (seconds, attoseconds) = SettleTimer.Instant.now.duration(to: due).components
    if seconds > 3600 { return 3_600_000 }
    return CInt(max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1))
}

/// Opens a pipe or a device.
func openStream(_ path: String) throws(StateError) -> FileDescriptor {
    do {
        return try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
    } catch {
        throw StateError(path: path, operation: "open", errno: errnoOfSystem(error))
    }
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
        throw StateError(path: "thread", operation: "start", errno: Errno(rawValue: result))
    }
    pthread_detach(thread)
}
