import ClusterModel
import ClusterState
import Foundation
import NetfilterKernel
import NetworkValues
import NFTables
import ProxyDaemon
import ProxyPlanning
import RuleCompilers
import RuleTesting
import StateFiles
import Testing
import TestSupport

extension KernelTests {
    /// Goal: whatever happened before, the kernel holds what the state asks for, and a restart changes nothing.
    /// Method: random edits are synced one after another, with a new proxy now and then; what the kernel then lists is
    /// compared with what `nft -f` of the last state's text makes it list in a fresh namespace.
    struct RandomEditTests {
        private static let settings = ProxySettings(
            nodeName: "node-a", clusterCIDRs: ["10.64.0.0/16", "fd64::/64"].compactMap { IPPrefix($0) })

        @Test(arguments: [1, 2, 3] as [UInt64])
        func editsEndWhereLoadingAnewEnds(seed: UInt64) throws {
            let ours = try NetworkNamespace("edits")
            var cluster = RandomCluster(seed: seed)
            var snapshot = ClusterSnapshot()
            var proxier = try proxier(in: ours)
            for round in 1...60 {
                let edits = cluster.edits()
                snapshot.apply(edits)
                _ = try proxier.sync(StateUpdate(edits: edits))
                guard round % 20 == 0 else { continue }
                proxier = try self.proxier(in: ours)
                let restart = try proxier.sync(StateUpdate(edits: RandomCluster.everything(in: snapshot)))
                #expect(!restart.changesRules, "\(restart)")
                try expectAsLoadedAnew(ours, snapshot)
            }
        }

        private func proxier(in namespace: NetworkNamespace) throws -> Proxier {
            Proxier(Self.settings, kernel: try namespace.perform { try NetfilterSocket() })
        }

        private func expectAsLoadedAnew(_ ours: NetworkNamespace, _ snapshot: ClusterSnapshot) throws {
            let theirs = try NetworkNamespace("anew")
            let tables = NFTablesCompiler.compile(Planner.plan(snapshot, Self.settings))
            try theirs.check(["nft", "-f", "-"], input: tables.map(\.nftText).joined(separator: "\n"))
            expectSameLines(
                try Self.sortedListing(ours), try Self.sortedListing(theirs), "nft list ruleset", "after edits",
                "loaded anew")
        }

        /// Chains and sets are listed in the order in which they were made, which is history.
        private static func sortedListing(_ namespace: NetworkNamespace) throws -> String {
            let listing = try namespace.check(["nft", "list", "ruleset"]).replacing("\n}\n", with: "\n\n")
            let tables = listing.components(separatedBy: "\ntable ")
            return tables.map { table in
                let objects = table.components(separatedBy: "\n\n").map { $0.trimmingCharacters(in: .newlines) }
                return objects.filter { !$0.isEmpty }.sorted().joined(separator: "\n")
            }
            .sorted().joined(separator: "\n")
        }
    }
}

extension RandomCluster {
    /// The edits that make a cluster of these objects.
    static func everything(in snapshot: ClusterSnapshot) -> [ObjectEdit] {
        let slices = (0..<5).flatMap { snapshot.slices(of: NamespacedName("ns", "svc\($0)")) }
        return snapshot.services.values.map { .put(.service($0)) } + slices.map { .put(.endpointSlice($0)) }
            + snapshot.nodes.values.map { .put(.node($0)) }
    }
}
