import ClusterModel
public import Logging
public import ProxyPlanning
public import ServiceLifecycle
public import StateFiles

/// The daemon's loop: each update of the state is one sync, and a sync that failed is tried again.
public struct ProxyService: ServiceLifecycle.Service, Sendable {
    private enum Event {
        case update(StateUpdate)
        case retry
        case stateEnded
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
    private let retryPeriod: Duration

    /// A daemon that is not yet running.
    ///
    /// - Parameters:
    ///   - settings: What the user decided.
    ///   - watcher: Where the state comes from.
    ///   - logger: Gets a line for each sync and for each diagnostic.
    ///   - retryPeriod: How long after a failed sync it is tried again.
    ///   - openKernel: Opens the way to the kernel, once, for the loop alone.
    public init(
        _ settings: ProxySettings, watcher: StateWatcher, logger: Logger, retryPeriod: Duration,
        openKernel: @escaping @Sendable () throws -> any RuleKernel
    ) {
        self.settings = settings
        self.openKernel = openKernel
        self.watcher = watcher
        self.logger = logger
        self.retryPeriod = retryPeriod
    }

    /// Runs until it is told to shut down; the rules stay, as kube-proxy leaves them.
    ///
    /// - Throws: ``StateEnded``, or whatever makes it impossible to watch the state.
    public func run() async throws {
        let (events, continuation) = AsyncStream.makeStream(of: Event.self)
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    defer { continuation.yield(.stateEnded) }
                    while let update = try await watcher.next() { continuation.yield(.update(update)) }
                }
                group.addTask { try await follow(events, continuation) }
                try await group.waitForAll()
            }
        } onGracefulShutdown: {
            continuation.finish()
            watcher.stop()
        }
    }

    private func follow(
        _ events: AsyncStream<Event>, _ continuation: AsyncStream<Event>.Continuation
    ) async throws {
        var proxier = Proxier(settings, kernel: try openKernel())
        var isUnreadable = false
        for await event in events {
            var update = StateUpdate()
            switch event {
            case .update(let new): update = new
            case .retry: update.hasUnreadableInput = isUnreadable
            case .stateEnded: throw StateEnded()
            }
            isUnreadable = update.hasUnreadableInput
            log(update.diagnostics)
            do {
                let report = try proxier.sync(update)
                log(report.diagnostics)
                logger.info("\(report.summary)")
            } catch {
                logger.error("sync failed, trying again in \(retryPeriod): \(error)")
                Task {
                    try await Task.sleep(for: retryPeriod)
                    continuation.yield(.retry)
                }
            }
        }
    }

    private func log(_ diagnostics: [Diagnostic]) {
        for diagnostic in diagnostics {
            logger.log(level: diagnostic.severity == .error ? .error : .warning, "\(diagnostic)")
        }
    }
}
