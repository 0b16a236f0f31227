public import Logging
public import ProxyPlanning
public import ServiceLifecycle
public import StateFiles

/// The daemon: brings what happens to the loop, one after another.
public struct ProxyService: ServiceLifecycle.Service, Sendable {
    private enum Event {
        case update(StateUpdate)
        case stateEnded(any Error)
        case tick
    }

    /// The stream that brought the state has ended; nothing would ever change again.
    public struct StateEnded: Error, CustomStringConvertible {
        /// What to tell the user.
        public var description: String { "the stream of the cluster's state has ended; the rules stay as they are" }
    }

    /// How often to look whether somebody else has committed rules: one small question to the kernel.
    private static let tickPeriod = Duration.seconds(1)

    private let settings: ProxySettings
    private let mode: ProxyMode
    private let openKernel: @Sendable () throws -> any RuleKernel
    private let watcher: StateWatcher
    private let logger: Logger
    private let retryPeriod: Duration

    /// A daemon that is not yet running.
    ///
    /// - Parameters:
    ///   - settings: What the user decided.
    ///   - mode: The kind of rules.
    ///   - watcher: Where the state comes from.
    ///   - logger: Gets a line for each sync and for each diagnostic.
    ///   - retryPeriod: How long after a failed sync it is tried again.
    ///   - openKernel: Opens the way to the kernel, once, for the loop alone.
    public init(
        _ settings: ProxySettings, mode: ProxyMode, watcher: StateWatcher, logger: Logger, retryPeriod: Duration,
        openKernel: @escaping @Sendable () throws -> any RuleKernel
    ) {
        self.settings = settings
        self.mode = mode
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
                defer { group.cancelAll() }
                group.addTask { await watch(continuation) }
                group.addTask {
                    while true {
                        try await Task.sleep(for: Self.tickPeriod)
                        continuation.yield(.tick)
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
        let proxier = Proxier(settings, mode: mode, kernel: try openKernel())
        var loop = SyncLoop(proxier, logger: logger, retryPeriod: retryPeriod)
        let healthChecks = HealthChecks(logger: logger)
        defer { healthChecks.close() }
        for await event in events {
            switch event {
            case .update(let update): loop.take(update, now: .now)
            case .tick: loop.tick(now: .now)
            case .stateEnded(let error): throw error
            }
            healthChecks.update(to: loop.plan, isHealthy: loop.isInForce)
        }
    }
}
