import ClusterState
import Glibc
import Synchronization
import SystemPackage

/// Hands updates from the thread that reads the state to the task that waits for them, one at a time and only when it
/// waits, so that all that happens in between becomes one update.
final class Mailbox: Sendable {
    typealias Waiter = CheckedContinuation<Result<StateUpdate?, StateError>, Never>

    private struct State {
        var waiter: Waiter?
        /// An update whose taker was cancelled at the last moment, or the last one of a stream.
        var undelivered: StateUpdate?
        var end: Result<StateUpdate?, StateError>?
    }

    private let state = Mutex(State())
    /// Becomes readable when the thread has something to look at here.
    let wakeUp: WakePipe

    init() throws(StateError) {
        wakeUp = try WakePipe()
    }

    // MARK: The task's side

    /// Waits for the next update; nil after the end.
    func next() async -> Result<StateUpdate?, StateError> {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                wait(waiter)
                if Task.isCancelled { cancelWait() }
            }
        } onCancel: {
            cancelWait()
        }
    }

    private func wait(_ waiter: Waiter) {
        let result: Result<StateUpdate?, StateError>? = state.withLock { state in
            precondition(state.waiter == nil, "two tasks wait for the same state")
            if let update = state.undelivered {
                state.undelivered = nil
                return .success(update)
            }
            if let end = state.end {
                // A failure is told once.
                state.end = .success(nil)
                return end
            }
            state.waiter = waiter
            return nil
        }
        if let result { waiter.resume(returning: result) } else { wakeUp.write() }
    }

    private func cancelWait() {
        takeWaiter()?.resume(returning: .success(nil))
    }

    private func takeWaiter() -> Waiter? {
        state.withLock { state in
            defer { state.waiter = nil }
            return state.waiter
        }
    }

    /// Ends it from the task's side.
    func stop() {
        end(.success(nil))
        state.withLock { $0.undelivered = nil }
        wakeUp.write()
    }

    // MARK: The thread's side

    /// Whether a task waits.
    var isWanted: Bool { state.withLock { $0.waiter != nil } }

    /// Whether there is an end.
    var isEnded: Bool { state.withLock { $0.end != nil } }

    /// Hands over an update.
    func deliver(_ update: StateUpdate) {
        let waiter: Waiter? = state.withLock { state in
            defer { state.waiter = nil }
            if state.waiter == nil { state.undelivered = update }
            return state.waiter
        }
        waiter?.resume(returning: .success(update))
    }

    /// There will be no further update.
    func end(_ result: Result<StateUpdate?, StateError>) {
        let waiter: Waiter? = state.withLock { state in
            guard state.end == nil else { return nil }
            defer { state.waiter = nil }
            state.end = state.waiter == nil ? result : .success(nil)
            return state.waiter
        }
        waiter?.resume(returning: result)
    }
}

/// A pipe by which a thread in `poll(2)` is woken.
final class WakePipe: Sendable {
    let readEnd: FileDescriptor
    private let writeEnd: FileDescriptor

    init() throws(StateError) {
        do {
            (readEnd, writeEnd) = try FileDescriptor.pipe(options: [.closeOnExec, .nonBlocking])
        } catch {
            throw StateError(path: "pipe", operation: "create", reason: "\(error)")
        }
    }

    deinit {
        close(readEnd.rawValue)
        close(writeEnd.rawValue)
    }

    /// Makes the read end readable. If the pipe is full, it is that already.
    func write() {
        var byte: UInt8 = 0
        Glibc.write(writeEnd.rawValue, &byte, 1)
    }

    /// Makes the read end no longer readable.
    func drain() throws(Errno) {
        do {
            while try !readSome(readEnd, upTo: 256).isEmpty {}
        } catch Errno.wouldBlock {
            return
        }
    }
}
