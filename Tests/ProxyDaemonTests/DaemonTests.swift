import ClusterModel
import ClusterState
import Dispatch
import Logging
import NetworkValues
import ProxyConfiguration
import ProxyDaemon
import ServiceLifecycle
import Synchronization
import Testing

/// The daemon with a kernel that is slow.
@Suite struct DaemonTests {
    /// Updates that a test hands out.
    private final class Feed: StateFeed {
        let updates: AsyncStream<StateUpdate>
        private let continuation: AsyncStream<StateUpdate>.Continuation
        private let questions = Mutex(0)
        /// Whether the daemon has been told to end, and has told its loop before.
        let isStopped = Mutex(false)

        init() { (updates, continuation) = AsyncStream.makeStream() }

        func give(_ update: StateUpdate) { continuation.yield(update) }

        func next() async -> StateUpdate? {
            questions.withLock { $0 += 1 }
            for await update in updates { return update }
            return nil
        }

        /// Whether the daemon has taken in so many updates: it asks for the next one then.
        func hasGiven(_ count: Int) -> Bool { questions.withLock { $0 } == count + 1 }

        func stop() {
            isStopped.withLock { $0 = true }
            continuation.finish()
        }
    }

    /// When a commit may go on, and how many there were.
    private final class Gate: Sendable {
        let opened = DispatchSemaphore(value: 0)
        let reached = DispatchSemaphore(value: 0)
        let commits = Mutex(0)
    }

    private func service(_ number: Int) -> StateUpdate {
        let metadata = ObjectMetadata(name: NamespacedName("ns", "s\(number)"))
        let address = IPAddress(ipv4: 0x0a60_0000 + UInt32(number))
        return StateUpdate(edits: [
            .put(.service(Service(metadata: metadata, clusterIPs: [address], ports: [Service.Port(port: 80)])))
        ])
    }

    private func run(_ feed: Feed, _ gate: Gate) throws -> ServiceGroup {
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let configuration = try Configuration.resolve([], on: MachineFacts(hostName: "node-a"))
        let daemon = Daemon(
            configuration, cluster: KnownCluster(), feed: feed, logger: quiet,
            openKernel: {
                let kernel = FakeKernel()
                kernel.beforeCommit = {
                    gate.reached.signal()
                    gate.opened.wait()
                    gate.commits.withLock { $0 += 1 }
                }
                return kernel
            })
        return ServiceGroup(services: [daemon], logger: quiet)
    }

    /// Waits on a thread that may be held up, unlike those of the tests' tasks.
    private func wait(for semaphore: DispatchSemaphore) async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                semaphore.wait()
                continuation.resume()
            }
        }
    }

    @Test func whatComesDuringASyncIsOneSyncBehindIt() async throws {
        let (feed, gate) = (Feed(), Gate())
        let group = try run(feed, gate)
        async let end: Void = group.run()
        feed.give(service(0))
        await wait(for: gate.reached)
        for number in 1...200 { feed.give(service(number)) }
        while !feed.hasGiven(201) { await Task.yield() }
        gate.opened.signal()
        await wait(for: gate.reached)
        gate.opened.signal()
        await group.triggerGracefulShutdown()
        try await end
        #expect(gate.commits.withLock { $0 } == 2)
    }

    @Test func itEndsAfterTheSyncInFlight() async throws {
        let (feed, gate) = (Feed(), Gate())
        let group = try run(feed, gate)
        async let end: Void = group.run()
        feed.give(service(0))
        await wait(for: gate.reached)
        for number in 1...3 { feed.give(service(number)) }
        while !feed.hasGiven(4) { await Task.yield() }
        await group.triggerGracefulShutdown()
        while !feed.isStopped.withLock({ $0 }) { await Task.yield() }
        gate.opened.signal()
        try await end
        #expect(gate.commits.withLock { $0 } == 1)
    }
}
