import ClusterModel
import ClusterState
import IPTables
import NetfilterKernel
import NetworkValues
import ProxyConfiguration
import ProxyDaemon
import ProxyPlanning
import RuleCompilers

/// How the time grows with the work, in iptables mode: text and full load of two clusters, one many times the other.
struct Growth {
    let what: String
    let small: SyntheticCluster
    let large: SyntheticCluster
    let wantedRatio: String

    static let all = [
        Growth(
            what: "one Service of 4,096 and of 65,535 ports", small: SyntheticCluster(portsOfOneService: 4096),
            large: SyntheticCluster(portsOfOneService: 65535), wantedRatio: "at most 20"),
        Growth(
            what: "1,000 and 10,000 Services of one endpoint", small: SyntheticCluster(1000, 1),
            large: SyntheticCluster(10000, 1), wantedRatio: "at most 12"),
    ]

    func run() throws {
        print("iptables: \(what), ms:")
        for (name, work) in [("text", text), ("full load", load)] {
            let times = try [small, large].map(work)
            print(
                "  \(name) \(milliseconds([times[0]])) and \(milliseconds([times[1]])), "
                    + "ratio \(ratio(times[1], times[0])) (wanted: \(wantedRatio))")
        }
    }

    /// - Returns: the microseconds from parsed state to text.
    private func text(_ cluster: SyntheticCluster) throws -> Int {
        let snapshot = cluster.snapshot
        var length = 0
        let elapsed = ContinuousClock().measure {
            let tables = IPTablesCompiler.compile(Planner.plan(snapshot, SyncBenchmark.settings))
            length = tables.map(\.restoreText.utf8.count).reduce(0, +)
        }
        precondition(length > 0)
        return Int(elapsed / .microseconds(1))
    }

    /// - Returns: the microseconds from parsed state to committed, in an empty namespace.
    private func load(_ cluster: SyntheticCluster) throws -> Int {
        try enterNewNamespace()
        var proxier = Proxier(SyncBenchmark.settings, mode: .iptables, kernel: try NetfilterSocket())
        return try proxier.sync(StateUpdate(edits: cluster.edits)).microseconds.total
    }
}
