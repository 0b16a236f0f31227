import ClusterModel
public import Logging
import ProxyPlanning
public import StateFiles

/// What the daemon does with each thing that happens: the loop's body, which waits for nothing itself.
public struct SyncLoop {
    /// A moment of the clock that no one sets.
    public typealias Instant = ContinuousClock.Instant

    private var proxier: Proxier
    private let logger: Logger
    private let retryPeriod: Duration
    private var unknown = UnknownState.nothing
    /// When a sync that failed is tried again.
    private var retryDue: Instant?
    /// Before this, nothing is read back from the kernel.
    private var checkDue: Instant?

    /// What is to be done for the state as it is.
    var plan: ProxyPlan { proxier.plan }

    /// Whether the plan's rules are in force.
    private(set) var isInForce = false

    /// A loop that has seen nothing yet.
    ///
    /// - Parameters:
    ///   - proxier: Does the work.
    ///   - logger: Gets a line for each sync and for each diagnostic.
    ///   - retryPeriod: How long after a failed sync it is tried again, if there is no update before.
    public init(_ proxier: Proxier, logger: Logger, retryPeriod: Duration) {
        self.proxier = proxier
        self.logger = logger
        self.retryPeriod = retryPeriod
    }

    /// The state has changed.
    public mutating func take(_ update: StateUpdate, now: Instant) {
        unknown = update.unknown
        log(update.diagnostics)
        guard let report = sync(update, now) else { return }
        logger.info("\(report.summary)")
    }

    /// Time has passed: tries again what failed, and repairs what somebody else did to the rules.
    ///
    /// Reading back a large table takes some time, and some other program may commit its own rules every second: at most
    /// a twentieth of the time is spent on it.
    public mutating func tick(now: Instant) {
        let update = StateUpdate(unknown: unknown)
        if let retryDue {
            if now >= retryDue, let report = sync(update, now) { logger.info("\(report.summary)") }
            return
        }
        if proxier.triesRefusedAgain(now), let report = sync(update, now) {
            logger.info("tried again what the kernel had refused: \(report.summary)")
        }
        let isMoved = notices("the machine's addresses have changed") { try $0.noticesOtherAddresses() }
        if isMoved, let report = sync(update, now), report.changesRules {
            logger.info("the machine's addresses have changed: \(report.summary)")
        }
        if let checkDue, now < checkDue { return }
        let isForeign = notices("somebody changed the rules") { try $0.noticesForeignCommit() }
        guard isForeign, let report = sync(update, now) else { return }
        checkDue = now.advanced(by: .microseconds(report.microseconds.total) * 20)
        if report.changesRules { logger.warning("repaired what somebody did to the rules: \(report.summary)") }
    }

    private mutating func notices(_ what: String, _ look: (inout Proxier) throws -> Bool) -> Bool {
        do {
            return try look(&proxier)
        } catch {
            logger.error("cannot tell whether \(what): \(error)")
            return false
        }
    }

    /// - Returns: nil if it failed.
    private mutating func sync(_ update: StateUpdate, _ now: Instant) -> SyncReport? {
        do {
            let report = try proxier.sync(update)
            retryDue = nil
            isInForce = true
            log(report.diagnostics)
            return report
        } catch {
            retryDue = now.advanced(by: retryPeriod)
            isInForce = false
            logger.error("sync failed, trying again in \(retryPeriod) or at the next change: \(error)")
            return nil
        }
    }

    private func log(_ diagnostics: [Diagnostic]) {
        for diagnostic in diagnostics {
            logger.log(level: diagnostic.severity == .error ? .error : .warning, "\(diagnostic)")
        }
    }
}
