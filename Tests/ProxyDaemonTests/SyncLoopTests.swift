import ClusterModel
import Logging
import NFTables
import NetworkValues
import ProxyDaemon
import ProxyPlanning
import RuleCompilers
import RuleTesting
import StateFiles
import Testing

@Suite struct SyncLoopTests {
    private let start = SyncLoop.Instant.now
    private let kernel = FakeKernel()

    private func loop() -> SyncLoop {
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        return SyncLoop(
            Proxier(ProxySettings(nodeName: "node-a"), kernel: kernel), logger: quiet, retryPeriod: .seconds(30))
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

    @Test func doesNothingBeforeTheStateIsKnown() {
        var loop = loop()
        loop.tick(now: start)
        #expect(kernel.commits == 0)
    }

    @Test func repairsWhatSomebodyElseDid() throws {
        var loop = loop()
        loop.take(update, now: start)
        let before = try #require(table)
        kernel.model.tables = [:]
        loop.tick(now: start.advanced(by: .seconds(1)))
        #expect(table == nil, "nobody has committed anything, so nothing is read")
        kernel.commits += 1
        loop.tick(now: start.advanced(by: .seconds(2)))
        #expect(table == before)
    }

    @Test func triesAgainWhenItIsTime() {
        var loop = loop()
        kernel.refusals = 1
        loop.take(update, now: start)
        #expect(table == nil)
        loop.tick(now: start.advanced(by: .seconds(29)))
        #expect(table == nil)
        loop.tick(now: start.advanced(by: .seconds(30)))
        #expect(table != nil)
    }
}
