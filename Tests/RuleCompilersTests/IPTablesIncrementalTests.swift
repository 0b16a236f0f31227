import ClusterModel
import IPTables
import NetworkValues
import ProxyPlanning
import RuleCompilers
import RuleTesting
import Testing

/// Goal: following edits one after another must end where compiling the last state from nothing ends.
/// Method: random edits, each change applied to a model of the tables, which refuses what the kernel would refuse. What
/// is there is told apart by `change(from:)` too, which must find that nothing is left to do.
@Suite struct IPTablesIncrementalTests {
    @Test(arguments: 1...20)
    func editsEndWhereCompilingAnewEnds(seed: Int) throws {
        var cluster = RandomCluster(seed: UInt64(seed))
        var snapshot = ClusterSnapshot()
        var planner = Planner(IncrementalTests.settings)
        var compiler = IPTablesCompiler()
        var model = ModelIPTables()
        for _ in 0..<60 {
            let change = snapshot.apply(cluster.edits())
            let changed = planner.update(to: snapshot, change: change)
            for var change in compiler.update(to: planner.plan, changed: Set(changed.keys)) {
                change.addedBuiltins = change.insertedRules.map(\.hook)
                try model.apply(change)
            }
            for table in IPTablesCompiler.compile(Planner.plan(snapshot, IncrementalTests.settings)) {
                #expect(model.contents(table.id) == table)
                #expect(
                    table.change(from: model.readTable(matching: table), isOurs: IPTablesNames.isServiceChain).isEmpty)
                #expect(table.validate() == [])
            }
        }
    }

    /// In a cluster of more than a thousand endpoints rules carry no comments but those of the shared chains.
    @Test func largeClustersDoWithoutComments() {
        var snapshot = ClusterSnapshot()
        var planner = Planner(IncrementalTests.settings)
        var compiler = IPTablesCompiler()
        func comments(endpoints: Int) -> Int {
            let name = NamespacedName("ns", "svc")
            let change = snapshot.apply([
                .put(
                    .service(
                        Service(
                            metadata: ObjectMetadata(name: name), clusterIPs: [IPAddress(ipv4: 0x0a60_0001)],
                            ports: [Service.Port(port: 80)]))),
                .put(
                    .endpointSlice(
                        EndpointSlice(
                            metadata: ObjectMetadata(name: NamespacedName("ns", "svc-a")), service: name,
                            family: .ipv4, ports: [EndpointSlice.Port(port: 80)],
                            endpoints: (0..<endpoints).map {
                                EndpointSlice.Endpoint(address: IPAddress(ipv4: 0x0a40_0000 + UInt32($0)))
                            }))),
            ])
            let changed = planner.update(to: snapshot, change: change)
            compiler.update(to: planner.plan, changed: Set(changed.keys))
            let rules = compiler.contents.flatMap(\.chains).filter { $0.name.hasPrefix("KUBE-SEP-") }.flatMap(\.rules)
            return rules.flatMap(\.matches).count { if case .comment = $0 { true } else { false } }
        }
        #expect(comments(endpoints: 1000) == 2000)
        #expect(comments(endpoints: 1001) == 0)
        #expect(comments(endpoints: 1000) == 2000)
    }
}
