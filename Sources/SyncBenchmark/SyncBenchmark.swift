import ClusterModel
import Glibc
import NFTables
import NetfilterKernel
import NetworkValues
import ProxyDaemon
import ProxyPlanning
import RuleCompilers
import StateFiles

/// Measures syncs in fresh network namespaces against `nft -f` of the same rules, all in one run, and prints ratios.
///
/// Must run as root; scripts/bench does what is needed around it.
@main
enum SyncBenchmark {
    static let settings = ProxySettings(nodeName: "node-a", clusterCIDRs: IPPrefix("10.64.0.0/10").map { [$0] } ?? [])
    static let endpointsPerService = 10

    static func main() throws {
        let text = "/tmp/switchyard-bench-\(getpid()).nft"
        defer { unlink(text) }
        try write(rendered(serviceCount: 5000), to: text)
        var loads: [SyncReport.Microseconds] = []
        var theirs: [Int] = []
        for _ in 0..<7 {
            theirs.append(try nftLoad(text))
            loads.append(try fullLoad(serviceCount: 5000))
        }
        let ours = loads.map(\.total)
        print("full load, 5000 Services x \(endpointsPerService) endpoints, median of \(ours.count), ms:")
        print("  nft -f of our text \(milliseconds(theirs)), Switchyard \(milliseconds(ours))")
        print(
            "  of which plan \(milliseconds(loads.map(\.plan))), compile \(milliseconds(loads.map(\.compile))), "
                + "read and commit \(milliseconds(loads.map { $0.read + $0.commit }))")
        print("  ratio \(ratio(median(ours), median(theirs))) (wanted: at most 1, aim 0.5)")
        let few = try replacements(serviceCount: 500)
        let many = try replacements(serviceCount: 5000)
        print("one endpoint replaced, plan to commit, median of \(many.count), ms:")
        print("  500 Services \(milliseconds(few)), 5000 Services \(milliseconds(many))")
        print("  to full load 1/\(median(ours) / max(1, median(many))) (wanted: at most 1/50)")
        print("  5000 to 500 Services \(ratio(median(many), median(few))) (wanted: at most 1.5)")
    }

    /// The rules of the benchmark's cluster as nft text.
    private static func rendered(serviceCount: Int) -> String {
        let plan = Planner.plan(SyntheticCluster(serviceCount, endpointsPerService).snapshot, settings)
        return NFTablesCompiler.compile(plan).map(\.nftText).joined(separator: "\n")
    }

    /// From parsed state to committed, in an empty namespace.
    private static func fullLoad(serviceCount: Int) throws -> SyncReport.Microseconds {
        try enterNewNamespace()
        let cluster = SyntheticCluster(serviceCount, endpointsPerService)
        var proxier = Proxier(settings, kernel: try NetfilterSocket())
        return try proxier.sync(StateUpdate(edits: cluster.edits)).microseconds
    }

    private static func replacements(serviceCount: Int) throws -> [Int] {
        try enterNewNamespace()
        var cluster = SyntheticCluster(serviceCount, endpointsPerService)
        var proxier = Proxier(settings, kernel: try NetfilterSocket())
        _ = try proxier.sync(StateUpdate(edits: cluster.edits))
        return try (0..<301).map { round in
            let edit = cluster.replaceEndpoint(ofService: round * 37 % serviceCount)
            let report = try proxier.sync(StateUpdate(edits: [edit]))
            precondition(report.addedElements > 0 && report.addedElements < 50, "\(report)")
            return report.microseconds.total
        }
    }
}

private func median(_ values: [Int]) -> Int { values.sorted()[values.count / 2] }

private func milliseconds(_ values: [Int]) -> String { decimal(Double(median(values)) / 1000, places: 2) }

private func ratio(_ value: Int, _ base: Int) -> String { decimal(Double(value) / Double(max(1, base)), places: 2) }

private func decimal(_ value: Double, places: Int) -> String {
    let scale = places == 2 ? 100.0 : 10.0
    let whole = Int((value * scale).rounded())
    let fraction = String(whole % Int(scale) + Int(scale)).dropFirst()
    return "\(whole / Int(scale)).\(fraction)"
}
