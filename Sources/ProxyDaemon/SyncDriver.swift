import ClusterModel
package import ClusterState
package import Logging
import ProxyPlanning

/// What the daemon does with each thing that happens, and when it is to be called again. It waits for nothing itself: whoever
/// drives the loop does.
package struct SyncDriver {
    /// A moment of the clock that no one sets.
    package typealias Instant = ContinuousClock.Instant

    private var proxier: Proxier
    private let logger: Logger
    private let retryPeriod: Duration
    private let minSyncPeriod: Duration
    private let follower: (any ClusterFollower)?
    /// How many syncs have failed since the last that did not.
    private var failures = 0
    /// When a sync that failed is tried again.
    private var retryDue: Instant?
    /// Before this, the kernel is not read back for commits of others that did nothing to ours so far.
    private var checkDue: Instant?
    /// When the machine's addresses are asked for again.
    private var addressesDue: Instant?
    /// When the last sync ended.
    private var lastEnd: Instant?

    /// What is done here, for everybody to read.
    package let board: StatusBoard

    /// A driver that has seen nothing yet.
    ///
    /// - Parameters:
    ///   - proxier: Does the work.
    ///   - logger: Gets a line for each sync and for each diagnostic.
    ///   - retryPeriod: How long after a failed sync it is tried again at the latest, if there is no update before.
    ///   - minSyncPeriod: How long after a sync the next update is held back.
    ///   - follower: Is told what has changed once the rules for it are in force.
    package init(
        _ proxier: Proxier, logger: Logger, retryPeriod: Duration, minSyncPeriod: Duration = .zero,
        follower: (any ClusterFollower)? = nil
    ) {
        self.proxier = proxier
        self.follower = follower
        if follower != nil { self.proxier.startFollowing() }
        board = StatusBoard(DaemonStatus(mode: proxier.mode, node: proxier.plan.view.name, start: .now))
        self.logger = logger
        self.retryPeriod = retryPeriod
        self.minSyncPeriod = minSyncPeriod
    }

    /// Until when an update is to be held back: updates after a quiet time are taken at once, later ones the minimum period
    /// after the end of the last sync (kube-proxy's `BoundedFrequencyRunner`).
    var updateDue: Instant? { minSyncPeriod == .zero ? nil : lastEnd?.advanced(by: minSyncPeriod) }

    /// The state has changed.
    package mutating func take(_ update: StateUpdate, now: Instant) {
        log(update.diagnostics)
        board.status.note(input: update.diagnostics)
        if retryDue == nil { repair(now) }
        guard let report = sync(update, now) else { return }
        logger.info("\(report.summary)")
    }

    /// Time has passed: tries again what failed, heeds new addresses of the machine, and repairs what somebody else did to
    /// the rules.
    package mutating func tick(now: Instant) {
        if let retryDue {
            if now >= retryDue, let report = sync(unchanged, now) { logger.info("\(report.summary)") }
            return
        }
        if proxier.cluster.isUnfinished, lastEnd.map({ now >= $0.advanced(by: Self.stagePeriod) }) ?? false,
            let report = sync(unchanged, now), report.changesRules
        {
            logger.info("what could not be done before is made up for: \(report.summary)")
        }
        if proxier.triesRefusedAgain(now), let report = sync(unchanged, now) {
            logger.info("tried again what the kernel had refused: \(report.summary)")
        }
        followAddresses(now)
        repair(now)
    }

    private var unchanged: StateUpdate { StateUpdate(unknown: proxier.cluster.unknown) }

    private mutating func followAddresses(_ now: Instant) {
        if let addressesDue, now < addressesDue { return }
        addressesDue = now.advanced(by: Self.addressesPeriod)
        let isMoved = look("the machine's addresses have changed", false) { try $0.checkForOtherAddresses() }
        if isMoved, let report = sync(unchanged, now), report.changesRules {
            logger.info("the machine's addresses have changed: \(report.summary)")
        }
    }

    /// Reading back a large table takes some time, and some other program may commit its own rules every second: at most
    /// a twentieth of the time is spent on looking at what turns out to be nobody's business. A table of ours that is not
    /// there is seen without reading.
    private mutating func repair(_ now: Instant) {
        let foreign = look("somebody changed the rules", .none) { try $0.foreignCommit() }
        if foreign == .none || foreign == .some && isBraked(now) { return }
        guard let report = sync(unchanged, now, repairs: true) else { return }
        if report.changesRules {
            checkDue = nil
            logger.warning("repaired what somebody did to the rules: \(report.summary)")
        } else {
            checkDue = now.advanced(by: .microseconds(report.microseconds.total) * Self.restsForEachLook)
        }
    }

    private func isBraked(_ now: Instant) -> Bool { checkDue.map { now < $0 } ?? false }

    /// How often the machine's addresses are asked for, which may be many.
    private static let addressesPeriod = Duration.seconds(1)

    /// How long after a sync those who add to the state try again what they could not do.
    private static let stagePeriod = Duration.seconds(5)

    /// How many times as long as a look at the kernel's tables there is none.
    private static let restsForEachLook = 20

    private mutating func look<Answer>(
        _ what: String, _ otherwise: Answer, _ look: (inout Proxier) throws -> Answer
    ) -> Answer {
        do {
            return try look(&proxier)
        } catch {
            logger.error("cannot tell whether \(what): \(error)")
            return otherwise
        }
    }

    /// - Returns: nil if it failed.
    private mutating func sync(_ update: StateUpdate, _ now: Instant, repairs: Bool = false) -> SyncReport? {
        board.status.begin(since: update.since ?? now)
        var report = proxier.attempt(update, readsBack: repairs || !isBraked(now)).report
        report.microseconds.wait = update.since.map { max(0, microseconds(from: $0, to: now)) } ?? 0
        let end = now.advanced(by: .microseconds(report.microseconds.total))
        publish(report, at: end)
        log(report.diagnostics)
        if let failure = report.failure {
            failures += 1
            let delay = min(.seconds(1 << min(failures - 1, 30)), retryPeriod)
            retryDue = now.advanced(by: delay)
            logger.error("sync failed, trying again in \(delay) or at the next change: \(failure)")
            return nil
        }
        failures = 0
        retryDue = nil
        lastEnd = end
        if let follower, let news = proxier.takeNews() { follower.take(news) }
        return report
    }

    private func publish(_ report: SyncReport, at end: Instant) {
        var status = board.status
        status.end(report, at: end)
        status.diagnostics = proxier.diagnosticsInForce
        status.healthChecks = HealthChecks(proxier.plan)
        board.status = status
    }

    private func log(_ diagnostics: [Diagnostic]) {
        for diagnostic in diagnostics {
            logger.log(level: diagnostic.severity == .error ? .error : .warning, "\(diagnostic)")
        }
    }
}
