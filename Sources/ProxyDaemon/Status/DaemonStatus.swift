package import ClusterModel
package import Foundation
package import ProxyConfiguration

/// What the daemon does and has done, as it was after its last sync: a value, from which everything is answered that is asked
/// over HTTP.
package struct DaemonStatus: Sendable {
    /// A moment of the clock that no one sets.
    package typealias Instant = ContinuousClock.Instant

    /// How many diagnostics are kept, of each kind.
    package static let diagnosticsMax = 100

    /// The kind of rules.
    package let mode: ProxyMode

    /// This node's name.
    package let node: String

    /// When the daemon began.
    package let start: Instant

    /// The same by the clock on the wall.
    package let startDate: Date

    /// What the last sync did, or tried to do; nil before the first.
    package internal(set) var lastSync: SyncReport?

    /// When it ended.
    package internal(set) var lastSyncEnd: Instant?

    /// When a sync ended the last time that did not fail.
    package internal(set) var lastSuccess: Instant?

    /// How many syncs there were.
    package internal(set) var syncCount = 0

    /// How many syncs failed.
    package internal(set) var failureCount = 0

    /// How many syncs have failed since the last that did not; the reason of the last is in its report.
    package internal(set) var failuresInARow = 0

    /// Since when the rules have been behind what is known of the state, that is from the first event of an update that is not
    /// in force; nil if they are not.
    package internal(set) var outdatedSince: Instant?

    /// What is wrong with what is in force: with plans and what the kernel refused.
    package internal(set) var diagnostics = Bounded<Diagnostic>(limit: Self.diagnosticsMax)

    /// What was said last of the input. Whether it is still so is not known here.
    package private(set) var inputDiagnostics: [Diagnostic] = []

    /// What load balancers are told.
    var healthChecks = HealthChecks()

    package init(mode: ProxyMode, node: String, start: Instant, startDate: Date = Date()) {
        self.mode = mode
        self.node = node
        self.start = start
        self.startDate = startDate
    }

    /// Whether the rules of the last plan are in force.
    package var isInForce: Bool { lastSync.map { $0.failure == nil } ?? false }

    /// By the clock on the wall, as it was set at the start.
    package func date(of instant: Instant) -> Date {
        let (seconds, attoseconds) = start.duration(to: instant).components
        return startDate.addingTimeInterval(Double(seconds) + Double(attoseconds) / 1e18)
    }

    mutating func note(input diagnostics: [Diagnostic]) {
        inputDiagnostics = Array((inputDiagnostics + diagnostics).suffix(Self.diagnosticsMax))
    }

    /// A sync begins that makes up for everything since then.
    mutating func begin(since: Instant) { outdatedSince = min(outdatedSince ?? since, since) }

    /// A sync has ended.
    mutating func end(_ report: SyncReport, at instant: Instant) {
        lastSync = report
        lastSyncEnd = instant
        syncCount += 1
        if report.failure == nil {
            lastSuccess = instant
            failuresInARow = 0
            outdatedSince = nil
        } else {
            failureCount += 1
            failuresInARow += 1
        }
    }
}
