package import ClusterModel
package import ClusterState
import Dispatch
import Foundation
import Synchronization

/// Writes zones on a thread of its own, so that no sync waits for a disk.
package final class ZoneKeeper: ClusterFollower {
    /// What is to be said.
    package enum Event: Sendable {
        /// Of records that cannot be.
        case said(Diagnostic)
        /// What has been done, in so many microseconds.
        case wrote(String, microseconds: Int)
        /// What could not be done, and is tried again; not again of what goes on failing.
        case failed(ZoneFileError)
    }

    /// How long after zones were written further changes are waited for: servers look at files every few seconds at most.
    private static let pause = 0.2
    /// How long after something failed it is tried again.
    private static let retryPeriod = 10.0

    private struct State {
        var changes: ServiceChanges?
        var isStopped = false
    }

    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)
    private let end = DispatchSemaphore(value: 0)
    private let report: @Sendable (Event) -> Void

    /// Starts its thread, which waits for changes.
    package init(_ writer: ZoneWriter, report: @escaping @Sendable (Event) -> Void) {
        self.report = report
        let thread = Thread { [self] in keep(writer) }
        thread.name = "zones"
        thread.start()
    }

    package func take(_ changes: ServiceChanges) {
        state.withLock { state in
            if state.changes == nil { state.changes = changes } else { state.changes?.merge(changes) }
        }
        bell.signal()
    }

    /// Writes what is still to be written, and ends.
    package func finish() {
        state.withLock { $0.isStopped = true }
        bell.signal()
        _ = end.wait(timeout: .now() + 5)
    }

    /// The life of the thread.
    private func keep(_ writer: ZoneWriter) {
        var writer = writer
        var failures: [ZoneFileError] = []
        while let isLast = wait(isRetry: writer.hasFailed) {
            let start = ContinuousClock.now
            if let changes = state.withLock({ $0.changes.take() }) {
                for diagnostic in writer.take(changes) { report(.said(diagnostic)) }
            }
            let written = writer.write(secondsSince1970: Int(Date.now.timeIntervalSince1970))
            if let summary = written.summary {
                report(.wrote(summary, microseconds: Int(start.duration(to: .now) / .microseconds(1))))
            }
            for failure in written.failures where !failures.contains(failure) { report(.failed(failure)) }
            failures = written.failures
            if isLast { break }
            Thread.sleep(forTimeInterval: Self.pause)
        }
        end.signal()
    }

    /// Waits until there is something to do.
    ///
    /// - Returns: whether it is the last; nil if there is nothing more.
    private func wait(isRetry: Bool) -> Bool? {
        while true {
            let (hasChanges, isStopped) = state.withLock { ($0.changes != nil, $0.isStopped) }
            if hasChanges { return isStopped }
            if isStopped { return nil }
            if !isRetry {
                bell.wait()
            } else if bell.wait(timeout: .now() + Self.retryPeriod) == .timedOut {
                return false
            }
        }
    }
}
