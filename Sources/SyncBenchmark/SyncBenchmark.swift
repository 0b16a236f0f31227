import ClusterModel
import ClusterState
import Glibc
import IPTables
import NetfilterKernel
import NetworkValues
import NFTables
import ProxyConfiguration
import ProxyDaemon
import ProxyPlanning
import RuleCompilers

/// Measures syncs in fresh network namespaces against `nft -f` of the same rules, all in one run, and prints ratios.
///
/// Must run as root; scripts/bench does what is needed around it.
@main
enum SyncBenchmark {
    static let settings = ProxySettings(nodeName: "node-a", clusterCIDRs: IPPrefix("10.64.0.0/10").map { [$0] } ?? [])
    static let endpointsPerService = 10

    /// What one mode is measured against, and what is wanted.
    struct Contest {
        let mode: ProxyMode
        let serviceCount: Int
        /// Loads the file at the end.
        let command: [String]
        let wantedRatio: String
        let wantedReplacement: String
    }

    static func main() throws {
        try run(
            Contest(
                mode: .nftables, serviceCount: 5000, command: ["nft", "-f"], wantedRatio: "at most 1, aim 0.5",
                wantedReplacement: "full load to one endpoint at least 50"))
        try run(
            Contest(
                mode: .iptables, serviceCount: 1000, command: ["iptables-nft-restore", "--noflush"],
                wantedRatio: "aim 0.25", wantedReplacement: "aim at most 5 ms"))
        try Arrivals.run()
        for growth in Growth.all { try growth.run() }
        try Zones.run()
    }

    private static func run(_ contest: Contest) throws {
        let text = "/tmp/switchyard-bench-\(getpid())"
        defer { unlink(text) }
        try write(rendered(contest), to: text)
        var loads: [SyncReport.Microseconds] = []
        var theirs: [Int] = []
        for _ in 0..<7 {
            try enterNewNamespace()
            theirs.append(try measure(contest.command + [text]))
            loads.append(try fullLoad(contest))
        }
        let ours = loads.map(\.total)
        let count = contest.serviceCount
        print(
            "\(contest.mode): full load, \(count) Services x \(endpointsPerService) endpoints, "
                + "median of \(ours.count), ms:")
        print(
            "  \(contest.command.joined(separator: " ")) of our text \(milliseconds(theirs)), "
                + "Switchyard \(milliseconds(ours))")
        print(
            "  of which plan \(milliseconds(loads.map(\.plan))), compile \(milliseconds(loads.map(\.compile))), "
                + "read and commit \(milliseconds(loads.map { $0.read + $0.commit }))")
        print("  ratio \(ratio(median(ours), median(theirs))) (wanted: \(contest.wantedRatio))")
        for serviceCount in [count / 10, count] {
            let reports = try replacements(contest, serviceCount: serviceCount)
            let total = reports.map(\.total)
            print("\(contest.mode): one endpoint of \(serviceCount) Services replaced, median of \(total.count), ms:")
            print(
                "  \(milliseconds(total)), of which plan and compile \(milliseconds(reports.map { $0.plan + $0.compile })); "
                    + "full load to it \(ratio(median(ours), median(total))) (wanted: \(contest.wantedReplacement))")
            guard contest.mode == .iptables else { continue }
            try write(oneService(), to: text)
            let tool = try (0..<15).map { _ in try measure(contest.command + [text]) }
            print(
                "  \(contest.command[0]) of the chains of one Service \(milliseconds(tool)), "
                    + "ratio \(ratio(median(total), median(tool)))")
        }
    }

    /// The chains of one Service as text: what a change of one endpoint takes with the tool.
    private static func oneService() -> String {
        let plan = Planner.plan(SyntheticCluster(1, endpointsPerService).snapshot, settings)
        return IPTablesCompiler.compile(plan).filter { $0.id == XTTableID(.ipv4, .nat) }.map { table in
            XTTableContents(
                table.id, chains: table.chains.filter { IPTablesNames.isServiceChain($0.name) }
            ).restoreText
        }.joined()
    }

    /// The rules of the benchmark's cluster as text.
    private static func rendered(_ contest: Contest) -> String {
        let plan = Planner.plan(SyntheticCluster(contest.serviceCount, endpointsPerService).snapshot, settings)
        return switch contest.mode {
        case .nftables: NFTablesCompiler.compile(plan).map(\.nftText).joined(separator: "\n")
        case .iptables:
            IPTablesCompiler.compile(plan).filter { $0.id.family == .ipv4 }.restoreText
        }
    }

    /// From parsed state to committed, in an empty namespace.
    private static func fullLoad(_ contest: Contest) throws -> SyncReport.Microseconds {
        try enterNewNamespace()
        let cluster = SyntheticCluster(contest.serviceCount, endpointsPerService)
        var proxier = Proxier(settings, mode: contest.mode, kernel: try NetfilterSocket())
        return try proxier.sync(StateUpdate(edits: cluster.edits)).microseconds
    }

    private static func replacements(_ contest: Contest, serviceCount: Int) throws -> [SyncReport.Microseconds] {
        try enterNewNamespace()
        var cluster = SyntheticCluster(serviceCount, endpointsPerService)
        var proxier = Proxier(settings, mode: contest.mode, kernel: try NetfilterSocket())
        _ = try proxier.sync(StateUpdate(edits: cluster.edits))
        return try (0..<301).map { round in
            let edit = cluster.replaceEndpoint(ofService: round * 37 % serviceCount)
            let report = try proxier.sync(StateUpdate(edits: [edit]))
            let isSmall = report.addedElements < 50 && report.changedChains < 10
            precondition(report.changesRules && isSmall, "\(report)")
            // The kernel frees what a commit of iptables rules deleted some milliseconds later, and lets the next such
            // commit wait for that. Endpoints do not come that fast.
            if contest.mode == .iptables { usleep(20_000) }
            return report.microseconds
        }
    }
}

func median(_ values: [Int]) -> Int { values.sorted()[values.count / 2] }

func milliseconds(_ values: [Int]) -> String { decimal(Double(median(values)) / 1000, places: 2) }

func ratio(_ value: Int, _ base: Int) -> String { decimal(Double(value) / Double(max(1, base)), places: 2) }

private func decimal(_ value: Double, places: Int) -> String {
    let scale = places == 2 ? 100.0 : 10.0
    let whole = Int((value * scale).rounded())
    let fraction = String(whole % Int(scale) + Int(scale)).dropFirst()
    return "\(whole / Int(scale)).\(fraction)"
}
