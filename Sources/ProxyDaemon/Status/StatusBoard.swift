import Synchronization

/// Where the loop writes what it does, and everybody else reads it, without waiting for each other.
package final class StatusBoard: Sendable {
    private let content: Mutex<DaemonStatus>

    init(_ status: DaemonStatus) { content = Mutex(status) }

    /// As it was written last.
    package internal(set) var status: DaemonStatus {
        get { content.withLock { $0 } }
        set { content.withLock { $0 = newValue } }
    }
}
