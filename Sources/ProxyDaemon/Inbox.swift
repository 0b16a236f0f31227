import ClusterState
import Dispatch
import Synchronization

/// What waits for the sync loop: at most one update, into which all are merged that come during a sync.
///
/// The loop is a thread of its own, so that nothing that waits for it, such as a request over HTTP, and nothing that it
/// waits for, such as the kernel, holds up the tasks of the process.
final class Inbox: Sendable {
    typealias Instant = SyncDriver.Instant

    /// What the loop is to do next.
    enum Event {
        case update(StateUpdate)
        case tick
        /// There will be no further update; the reason why.
        case ended(any Error)
        case stopped
    }

    private struct State {
        var update: StateUpdate?
        var end: (any Error)?
        var isStopped = false
    }

    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)

    /// The state has changed.
    func put(_ update: StateUpdate) {
        state.withLock { state in
            if state.update == nil { state.update = update } else { state.update?.merge(update) }
        }
        bell.signal()
    }

    /// There will be no further update; what has come is still handed out.
    func end(_ reason: any Error) {
        state.withLock { $0.end = reason }
        bell.signal()
    }

    /// The loop is to end, whatever has come.
    func stop() {
        state.withLock { $0.isStopped = true }
        bell.signal()
    }

    /// Waits for the next event.
    ///
    /// - Parameters:
    ///   - tickDue: When there is one though nothing has come.
    ///   - updateDue: Until when updates are held back; nil for no longer.
    func next(tickDue: Instant, updateDue: Instant?) -> Event {
        while true {
            let now = Instant.now
            let (event, hasUpdate) = state.withLock { state in
                (Self.take(from: &state, now, tickDue, updateDue), state.update != nil)
            }
            if let event { return event }
            let due = hasUpdate ? min(tickDue, updateDue ?? tickDue) : tickDue
            let (seconds, attoseconds) = now.duration(to: due).components
            let wait = DispatchTimeInterval.nanoseconds(Int(seconds * 1_000_000_000 + attoseconds / 1_000_000_000))
            // Whether it rang or not, what is there decides.
            _ = bell.wait(timeout: .now() + wait)
        }
    }

    /// Ticks come first: they cost little, and updates may come without end.
    private static func take(
        from state: inout State, _ now: Instant, _ tickDue: Instant, _ updateDue: Instant?
    ) -> Event? {
        if state.isStopped { return .stopped }
        if now >= tickDue { return .tick }
        if let update = state.update {
            if let updateDue, now < updateDue { return nil }
            state.update = nil
            return .update(update)
        }
        return state.end.map(Event.ended)
    }
}
