import ClusterModel
import ClusterState
import Logging
import NetworkValues
import NFTables
import ProxyConfiguration
import ProxyPlanning
import RuleCompilers
import RuleTesting
import Synchronization
import Testing
@testable import ProxyDaemon

@Suite struct SyncDriverTests {
    private let start = SyncDriver.Instant.now
    private let kernel = FakeKernel()

    private func driver(
        minSyncPeriod: Duration = .zero, stages: [any StateStage] = [], follower: (any ClusterFollower)? = nil
    ) -> SyncDriver {
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return SyncDriver(
            Proxier(
                ProxySettings(nodeName: "node-a"), cluster: KnownCluster(stages: stages), kernel: kernel),
            logger: quiet,
            retryPeriod: .seconds(30), minSyncPeriod: minSyncPeriod, follower: follower)
    }

    /// Adds these edits to the second update that it sees.
    private struct Late: StateStage {
        let edits: [ObjectEdit]
        var isUnfinished = true
        var seenCount = 0

        mutating func complete(_ update: inout StateUpdate) {
            seenCount += 1
            guard seenCount == 2 else { return }
            update.put(edits)
            isUnfinished = false
        }
    }

    @Test func asksThoseWhoAddToTheStateAgain() {
        var driver = driver(stages: [Late(edits: update.edits)])
        driver.take(StateUpdate(), now: start)
        let empty = table
        driver.tick(now: start.advanced(by: .seconds(1)))
        #expect(table == empty, "not at once")
        driver.tick(now: start.advanced(by: .seconds(6)))
        #expect(table != empty)
    }

    private var update: StateUpdate {
        StateUpdate(edits: [
            .put(
                .service(
                    Service(
                        metadata: ObjectMetadata(name: NamespacedName("ns", "a")),
                        clusterIPs: [IPAddress(ipv4: 0x0a60_0001)], ports: [Service.Port(port: 80)])))
        ])
    }

    private var table: ModelKernel.Table? { kernel.model.tables[NFTablesNames.table(.ipv4)] }

    /// A follower hears of each Service once the rules for it are in force, and not before.
    @Test func tellsAFollowerOfWhatIsInForce() {
        let follower = Follower()
        var driver = driver(follower: follower)
        kernel.refusals = .max
        driver.take(update, now: start)
        #expect(follower.heard.isEmpty)
        kernel.refusals = 0
        driver.tick(now: start.advanced(by: .seconds(30)))
        #expect(follower.heard == [["ns/a: 10.96.0.1"]])
        driver.tick(now: start.advanced(by: .seconds(60)))
        driver.take(update, now: start.advanced(by: .seconds(61)))
        #expect(follower.heard.count == 1, "nothing has changed")
        driver.take(
            StateUpdate(edits: [.delete(ObjectReference(.service, NamespacedName("ns", "a")))]),
            now: start.advanced(by: .seconds(62)))
        driver.take(StateUpdate(unknown: .anything), now: start.advanced(by: .seconds(63)))
        #expect(follower.heard == [["ns/a: 10.96.0.1"], ["ns/a: gone"], []])
    }

    @Test func doesNothingBeforeTheStateIsKnown() {
        var driver = driver()
        driver.tick(now: start)
        #expect(kernel.commits == 0)
    }

    @Test func repairsWhatSomebodyElseDid() throws {
        var driver = driver()
        driver.take(update, now: start)
        let before = try #require(table)
        kernel.model.tables = [:]
        driver.tick(now: start.advanced(by: .seconds(1)))
        #expect(table == nil, "nobody has committed anything, so nothing is read")
        kernel.commits += 1
        driver.tick(now: start.advanced(by: .seconds(2)))
        #expect(table == before)
    }

    @Test func triesAgainAtOnceThenLaterAndLater() {
        var driver = driver()
        kernel.refusals = 1
        driver.take(update, now: start)
        #expect(table != nil, "a second try comes at once")
        kernel.model.tables = [:]
        kernel.commits += 1
        kernel.refusals = .max
        var now = start.advanced(by: .seconds(1))
        driver.tick(now: now)
        var tries = Int.max - kernel.refusals
        for wait in [1, 2, 4, 8, 16, 30, 30] {
            driver.tick(now: now.advanced(by: .milliseconds(wait * 1000 - 1)))
            #expect(Int.max - kernel.refusals == tries, "\(wait) s are not over")
            now = now.advanced(by: .seconds(wait))
            driver.tick(now: now)
            #expect(Int.max - kernel.refusals == tries + 2)
            tries = Int.max - kernel.refusals
        }
        kernel.refusals = 0
        driver.tick(now: now.advanced(by: .seconds(30)))
        #expect(table != nil && driver.board.status.isInForce)
    }

    /// A program that commits its own rules all the time must not have ours read back all the time; but a table that is gone
    /// is seen whatever others do, and what is repaired once is repaired again as fast.
    @Test func looksRarelyAtWhatIsNotOursAndAtOnceForATableThatIsGone() throws {
        var driver = driver()
        driver.take(update, now: start)
        let before = try #require(table)
        kernel.commits += 1
        kernel.readingTakes = .milliseconds(5)
        driver.tick(now: start.advanced(by: .seconds(1)))
        kernel.readingTakes = nil
        // The look took a while, so that there is none for 20 times as long; what is ours is damaged, but there.
        kernel.commits += 1
        kernel.model.tables[NFTablesNames.table(.ipv4)]?.elements["cluster-ips"] = [:]
        let damaged = table
        driver.tick(now: start.advanced(by: .milliseconds(1050)))
        #expect(table == damaged)
        driver.tick(now: start.advanced(by: .seconds(60)))
        #expect(table == before)
        for second in 61...63 {
            kernel.model.tables = [:]
            kernel.commits += 1
            driver.tick(now: start.advanced(by: .seconds(second)))
            #expect(table == before)
        }
    }

    @Test func holdsUpdatesBackAfterASync() throws {
        var driver = driver(minSyncPeriod: .seconds(4))
        #expect(driver.updateDue == nil, "the first one is taken at once")
        driver.take(update, now: start)
        let due = try #require(driver.updateDue)
        #expect(due >= start.advanced(by: .seconds(4)) && due < start.advanced(by: .seconds(5)))
    }

    @Test func theBoardTellsOfFailuresUntilTheyAreMadeUpFor() throws {
        var driver = driver()
        #expect(!driver.board.status.isInForce && driver.board.status.lastSync == nil)
        let event = start.advanced(by: .milliseconds(-7))
        var update = update
        update.since = event
        update.diagnostics = [Diagnostic(.warning, "of the input")]
        kernel.refusals = .max
        driver.take(update, now: start)
        let failed = driver.board.status
        #expect(failed.lastSync?.failure != nil && !failed.isInForce && failed.lastSuccess == nil)
        #expect(failed.failuresInARow == 1 && failed.failureCount == 1 && failed.outdatedSince == event)
        #expect(failed.lastSync?.counts.services == 1 && failed.inputDiagnostics == update.diagnostics)
        kernel.refusals = 0
        driver.tick(now: start.advanced(by: .seconds(1)))
        let repaired = driver.board.status
        #expect(repaired.isInForce && repaired.lastSuccess != nil && repaired.outdatedSince == nil)
        #expect(repaired.failuresInARow == 0 && repaired.failureCount == 1 && repaired.syncCount == 2)
        #expect(repaired.node == "node-a" && repaired.mode == .nftables)
    }

    @Test func theWaitBeginsWithTheFirstEvent() throws {
        var driver = driver()
        var first = update
        first.since = start.advanced(by: .milliseconds(-20))
        first.merge(StateUpdate(since: start.advanced(by: .milliseconds(-5))))
        driver.take(first, now: start)
        let report = try #require(driver.board.status.lastSync)
        #expect(report.microseconds.wait == 20_000 && report.microseconds.latency >= 20_000)
        #expect(report.summary.contains("wait 20000, state"))
    }
}

/// Keeps what it is told.
private final class Follower: ClusterFollower {
    private let all = Mutex<[[String]]>([])

    var heard: [[String]] { all.withLock { $0 } }

    func take(_ changes: ServiceChanges) {
        let lines = changes.services.map { name, state in
            "\(name): \(state?.service.clusterIPs.addresses.first.map { "\($0)" } ?? "gone")"
        }
        all.withLock { $0.append(lines.sorted()) }
    }
}
