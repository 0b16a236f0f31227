import ClusterModel
import IPTables
import NetworkValues
import NFTables
import ProxyPlanning
import RuleCompilers
import RuleTesting
import Testing

/// Goal: following edits one after another must end where compiling the last state from nothing ends.
/// Method: random edits of a small cluster, with collisions of names, cluster IPs and endpoints; each change is applied
/// to a model of the kernel's table, which refuses what the kernel would refuse.
@Suite struct IncrementalTests {
    static let settings = ProxySettings(
        nodeName: "node-a", clusterCIDRs: ["10.64.0.0/16", "fd64::/64"].compactMap { IPPrefix($0) })

    @Test(arguments: 1...20)
    func editsEndWhereCompilingAnewEnds(seed: Int) throws {
        var cluster = RandomCluster(seed: UInt64(seed))
        var snapshot = ClusterSnapshot()
        var planner = Planner(Self.settings)
        var compiler = NFTablesCompiler()
        var kernel = ModelKernel()
        for _ in 0..<60 {
            let change = snapshot.apply(cluster.edits() + cluster.serviceCIDREdits())
            let changed = planner.update(to: snapshot, change: change)
            for change in compiler.update(to: planner.plan, changed: Set(changed.keys)) { try kernel.apply(change) }
            let anew = NFTablesCompiler.compile(Planner.plan(snapshot, Self.settings))
            for contents in anew { #expect(kernel.tables[contents.id] == ModelKernel.Table(contents)) }
        }
    }

    @Test func changesNothingWhenTheKernelHoldsThePlan() throws {
        var cluster = RandomCluster(seed: 5)
        var snapshot = ClusterSnapshot()
        for _ in 0..<20 { snapshot.apply(cluster.edits()) }
        let plan = Planner.plan(snapshot, Self.settings)
        var compiler = NFTablesCompiler()
        compiler.update(to: plan, changed: [])
        let changes = NFTablesCompiler.compile(plan).compactMap { contents in
            compiler.change(from: TableDeviation(of: contents, from: contents))
        }
        #expect(changes.filter { !$0.isEmpty } == [])
        // What rules put into dynamic sets and maps while nobody looked is not known, and must be looked at.
        let sticky = NFTablesCompiler.compile(plan).flatMap(\.sets).count { $0.isDynamic }
        #expect(sticky > 0)
        #expect(changes.flatMap(\.prunedMaps).count == sticky)
    }
}
