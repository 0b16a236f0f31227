package import ClusterState
import Foundation
package import Logging
package import ProxyConfiguration
import ServiceLifecycle

/// The daemon: brings what happens to the loop, one after another.
package struct Daemon: ServiceLifecycle.Service, Sendable {
    /// The stream that brought the state has ended; nothing would ever change again.
    package struct StateEnded: Error, CustomStringConvertible {
        /// What to tell the user.
        package var description: String { "the stream of the cluster's state has ended; the rules stay as they are" }
    }

    /// How often to look whether somebody else has committed rules: one small question to the kernel, so that a flush is
    /// repaired about as fast as a change of the state takes effect.
    private static let tickPeriod = Duration.milliseconds(100)

    /// How long after an event the servers are told the same once more, so that they try again to listen.
    private static let listenPeriod = Duration.seconds(1)

    private let configuration: Configuration
    private let cluster: KnownCluster
    private let openKernel: @Sendable () throws -> any RuleKernel
    private let feed: any StateFeed
    private let follower: (any ClusterFollower)?
    private let logger: Logger

    /// A daemon that is not yet running.
    ///
    /// - Parameters:
    ///   - configuration: What holds for it.
    ///   - cluster: What every update goes into.
    ///   - feed: Where the state comes from.
    ///   - follower: Is told what has changed once the rules for it are in force.
    ///   - logger: Gets a line for each sync and for each diagnostic.
    ///   - openKernel: Opens the way to the kernel, once, for the loop alone.
    package init(
        _ configuration: Configuration, cluster: KnownCluster, feed: any StateFeed,
        follower: (any ClusterFollower)? = nil, logger: Logger,
        openKernel: @escaping @Sendable () throws -> any RuleKernel
    ) {
        self.configuration = configuration
        self.cluster = cluster
        self.openKernel = openKernel
        self.feed = feed
        self.follower = follower
        self.logger = logger
    }

    /// Runs until it is told to shut down; the rules stay, as kube-proxy leaves them.
    ///
    /// - Throws: ``StateEnded``, or whatever makes it impossible to watch the state.
    package func run() async throws {
        let inbox = Inbox()
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                group.addTask { await watch(inbox) }
                try await onThread("sync loop") { try follow(inbox) }
            }
        } onCancelOrGracefulShutdown: {
            inbox.stop()
            feed.stop()
        }
    }

    private func watch(_ inbox: Inbox) async {
        do {
            while let update = try await feed.next() { inbox.put(update) }
            inbox.end(StateEnded())
        } catch {
            inbox.end(error)
        }
    }

    /// The life of the loop's thread.
    private func follow(_ inbox: Inbox) throws {
        let proxier = Proxier(configuration, cluster: cluster, kernel: try openKernel())
        var driver = SyncDriver(
            proxier, logger: logger, retryPeriod: configuration.daemon.retryPeriod,
            minSyncPeriod: configuration.daemon.minSyncPeriod, follower: follower)
        let server = StatusServer(driver.board, logger: logger)
        defer { server.close() }
        var tickDue = SyncDriver.Instant.now
        var listenDue = tickDue
        while true {
            switch inbox.next(tickDue: tickDue, updateDue: driver.updateDue) {
            case .update(let update): driver.take(update, now: .now)
            case .tick:
                driver.tick(now: .now)
                tickDue = .now.advanced(by: Self.tickPeriod)
                if tickDue < listenDue { continue }
            case .ended(let reason): throw reason
            case .stopped: return
            }
            server.update()
            listenDue = .now.advanced(by: Self.listenPeriod)
        }
    }
}

/// Runs the body on a thread of its own.
private func onThread(_ name: String, _ body: @escaping @Sendable () throws -> Void) async throws {
    try await withCheckedThrowingContinuation { continuation in
        let thread = Thread { continuation.resume(with: Result(catching: body)) }
        thread.name = name
        thread.stackSize = 8 << 20
        thread.start()
    }
}
