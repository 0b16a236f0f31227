import ClusterState
import ArgumentParser
import ClusterModel
import IPTables
import NFTables
import NetfilterKernel
import NetworkValues
import ProxyConfiguration
import ProxyDaemon
import ProxyPlanning
import RuleCompilers
import StateFiles

/// `switchyard render`: everything but the commit.
struct Render: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the rules, or the plan behind them, and touch nothing.")

    /// A format of rules.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case nft
        case iptables
        case ip6tables

        /// The mode whose rules it shows.
        var mode: ProxyMode { family == nil ? .nftables : .iptables }

        /// The family whose rules it shows; nil for both.
        var family: IPFamily? {
            switch self {
            case .nft: nil
            case .iptables: .ipv4
            case .ip6tables: .ipv6
            }
        }
    }

    /// A boundary of the pipeline.
    enum Stage: String, ExpressibleByArgument, CaseIterable {
        case plan
        case rules
    }

    @OptionGroup var state: StateOptions
    @OptionGroup var proxy: ProxyOptions

    @Option(
        help: """
            The syntax of the rules: nft, which `nft -f` loads; iptables or ip6tables, which `iptables-restore --noflush` or \
            `ip6tables-restore --noflush` loads. (default: that of --proxy-mode; iptables is both families)
            """)
    var format: Format?

    @Option(help: "What to print: the rules, or the plan as a table.")
    var stage: Stage = .rules

    func run() throws {
        try renderOnce(state.paths, proxy, stage: stage, format: format)
    }
}

/// Prints what the state in these files gives.
///
/// - Throws: also if part of the state could not be used, after what could be.
func renderOnce(
    _ paths: [String], _ options: ProxyOptions, stage: Render.Stage = .rules, format: Render.Format? = nil
) throws {
    let configuration = try options.configuration(for: format?.mode)
    let update = try readState(at: paths)
    var snapshot = ClusterSnapshot()
    snapshot.apply(update.edits)
    let plan = Planner.plan(snapshot, configuration.proxy, machineAddresses: try NetfilterSocket().machineAddresses())
    keepUntilProcessEnds(update, snapshot, plan)
    switch stage {
    case .plan: try printText(plan.text)
    case .rules: try printText(rulesText(plan, configuration.rules, format.map { [$0] } ?? configuration.mode.formats))
    }
    let diagnostics = options.foreign.diagnostics + update.diagnostics + plan.diagnostics
    try printDiagnostics(diagnostics)
    if diagnostics.contains(where: { $0.severity == .error }) { throw ExitCode.failure }
}

extension ProxyMode {
    /// The formats that show all of its rules.
    var formats: [Render.Format] {
        switch self {
        case .nftables: [.nft]
        case .iptables: [.iptables, .ip6tables]
        }
    }
}

/// With a heading for each format if there are several, since no one command takes them all.
private func rulesText(_ plan: ProxyPlan, _ rules: RuleSettings, _ formats: [Render.Format]) -> String {
    let families = formats.compactMap(\.family)
    if families.isEmpty { return NFTablesCompiler.compile(plan, rules).map(\.nftText).joined(separator: "\n") }
    let tables = IPTablesCompiler.compile(plan, rules)
    let texts = families.map { family in tables.filter { $0.id.family == family }.restoreText }
    if texts.count == 1 { return texts[0] }
    return zip(formats, texts).map { "# for \($0)-restore --noflush\n" + $1 }.joined()
}
