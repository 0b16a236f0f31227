import ClusterModel
public import Logging
public import ProxyPlanning
public import ServiceLifecycle
public import StateFiles

/// The daemon's loop: each update of the state is one sync, and a sync that failed is tried again.
public struct ProxyService: ServiceLifecycle.Service, Sendable {
    private enum Event {
        case update(StateUpdate)
        case stateEnded(any Error)
        case timeToCheck
    }

    /// The stream that brought the state has ended; nothing would ever change again.
    public struct StateEnded: Error, CustomStringConvertible {
        /// What to tell the user.
        public var description: String { "the stream of the cluster's state has ended; the rules stay as they are" }
    }

    private let settings: ProxySettings
    private let openKernel: @Sendable () throws -> any RuleKernel
    private let watcher: StateWatcher
    private let logger: Logger
    private let checkPeriod: Duration

    /// A daemon that is not yet running.
    ///
    /// - Parameters:
    ///   - settings: What the user decided.
    ///   - watcher: Where the state comes from.
    ///   - logger: Gets a line for each sync and for each diagnostic.
    ///   - checkPeriod: How often to look whether the rules are still as they should be; a failed sync is made up for then.
    ///   - openKernel: Opens the way to the kernel, once, for the loop alone.
    public init(
        _ settings: ProxySettings, watcher: StateWatcher, logger: Logger, checkPeriod: Duration,
        openKernel: @escaping @Sendable () throws -> any RuleKernel
    ) {
        self.settings = settings
        self.openKernel = openKernel
        self.watcher = watcher
        self.logger = logger
        self.checkPeriod = checkPeriod
    }

    /// Runs until it is told to shut down; the rules stay, as kube-proxy leaves them.
    ///
    /// - Throws: ``StateEnded``, or whatever makes it impossible to watch the state.
    public func run() async throws {
        let (events, continuation) = AsyncStream.makeStream(of: Event.self)
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask { await watch(continuation) }
                group.addTask {
                    while true {
                        try await Task.sleep(for: checkPeriod)
                        continuation.yield(.timeToCheck)
                    }
                }
                try await follow(events)
            }
        } onGracefulShutdown: {
            continuation.finish()
            watcher.stop()
        }
    }

    private func watch(_ continuation: AsyncStream<Event>.Continuation) async {
        do {
            while let update = try await watcher.next() { continuation.yield(.update(update)) }
            continuation.yield(.stateEnded(StateEnded()))
        } catch {
            continuation.yield(.stateEnded(error))
        }
    }

    private func follow(_ events: AsyncStream<Event>) async throws {
        var proxier = Proxier(settings, kernel: try openKernel())
        var isUnreadable = false
        var hasFailed = false
        for await event in events {
            var update = StateUpdate(hasUnreadableInput: isUnreadable)
            var isRepair = false
            switch event {
            case .update(let new): update = new
            case .stateEnded(let error): throw error
            case .timeToCheck where hasFailed: break
            case .timeToCheck:
                isRepair = noticesForeignCommit(&proxier)
                if !isRepair { continue }
            }
            isUnreadable = update.hasUnreadableInput
            hasFailed = !sync(&proxier, update, isRepair: isRepair)
        }
    }

    private func noticesForeignCommit(_ proxier: inout Proxier) -> Bool {
        do {
            return try proxier.noticesForeignCommit()
        } catch {
            logger.error("cannot tell whether somebody changed the rules: \(error)")
            return false
        }
    }

    /// - Returns: whether it worked.
    private func sync(_ proxier: inout Proxier, _ update: StateUpdate, isRepair: Bool) -> Bool {
        log(update.diagnostics)
        do {
            let report = try proxier.sync(update)
            log(report.diagnostics)
            if !isRepair {
                logger.info("\(report.summary)")
            } else if report.changesRules {
                logger.warning("repaired rules that somebody else changed: \(report.summary)")
            }
            return true
        } catch {
            logger.error("sync failed, trying again within \(checkPeriod): \(error)")
            return false
        }
    }

    private func log(_ diagnostics: [Diagnostic]) {
        for diagnostic in diagnostics {
            logger.log(level: diagnostic.severity == .error ? .error : .warning, "\(diagnostic)")
        }
    }
}
