import ClusterModel
import ClusterState
import IPTables
import NetfilterKernel
import NetworkValues
import ProxyConfiguration
import ProxyDaemon
import ProxyPlanning
import RuleCompilers
import RuleTesting
import StateFiles
import Testing
import TestSupport

extension KernelTests {
    /// Goal: whatever happened before, the tables hold what the state asks for and what other people put there.
    /// Method: random edits are synced one after another on a node that has foreign rules in every chain; what
    /// `iptables-nft-save` then lists is compared with what it lists in a namespace into which the same foreign rules and
    /// the last state's text were loaded.
    struct IPTablesEditTests {
        private static let settings = ProxySettings(
            nodeName: "node-a", clusterCIDRs: ["10.64.0.0/16", "fd64::/64"].compactMap { IPPrefix($0) })

        @Test(arguments: [1, 2, 3] as [UInt64])
        func editsEndWhereLoadingAnewEnds(seed: UInt64) throws {
            let ours = try NetworkNamespace("edits")
            try ForeignRules.load(into: ours)
            var cluster = RandomCluster(seed: seed)
            var snapshot = ClusterSnapshot()
            var proxier = try proxier(in: ours)
            for round in 1...200 {
                let edits = cluster.edits()
                snapshot.apply(edits)
                _ = try proxier.sync(StateUpdate(edits: edits))
                guard round % 50 == 0 else { continue }
                try expectAsLoadedAnew(ours, snapshot)
                proxier = try self.proxier(in: ours)
                let restart = try proxier.sync(StateUpdate(edits: RandomCluster.everything(in: snapshot)))
                #expect(!restart.changesRules, "\(restart)")
            }
        }

        private func proxier(in namespace: NetworkNamespace) throws -> Proxier {
            Proxier(Self.settings, mode: .iptables, kernel: try namespace.perform { try NetfilterSocket() })
        }

        private func expectAsLoadedAnew(_ ours: NetworkNamespace, _ snapshot: ClusterSnapshot) throws {
            let theirs = try NetworkNamespace("anew")
            try ForeignRules.load(into: theirs)
            let tables = IPTablesCompiler.compile(Planner.plan(snapshot, Self.settings))
            for family in IPFamily.allCases {
                try theirs.restore(tables.filter { $0.id.family == family }, family)
                expectSameLines(
                    try ours.save(family), try theirs.save(family), "\(family)", "after edits", "loaded anew")
            }
        }
    }
}

/// What a node has in the tables of iptables beside ours: rules in every built-in chain, and chains of their own.
enum ForeignRules {
    /// Loads the rules, of both families.
    static func load(into namespace: NetworkNamespace) throws {
        for family in IPFamily.allCases {
            let tool = family == .ipv4 ? "iptables-nft-restore" : "ip6tables-nft-restore"
            let host = family == .ipv4 ? "192.0.2.1/32" : "2001:db8::1/128"
            try namespace.check([tool], input: text(host))
        }
    }

    private static func text(_ host: String) -> String {
        let builtins = [
            ("mangle", ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"]),
            ("filter", ["INPUT", "FORWARD", "OUTPUT"]), ("nat", ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"]),
        ]
        return builtins.map { table, chains in
            let rules = chains.flatMap { chain in
                [
                    "-A \(chain) -s \(host) -m comment --comment \"not ours\" -j FOREIGN",
                    "-A \(chain) -p tcp -m tcp --dport 22 -j ACCEPT",
                ]
            }
            let lines = ["*\(table)"] + chains.map { ":\($0) ACCEPT [0:0]" }
            return (lines + [":FOREIGN - [0:0]", "-A FOREIGN -j RETURN"] + rules + ["COMMIT", ""])
                .joined(separator: "\n")
        }.joined()
    }
}
