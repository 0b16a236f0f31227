import ArgumentParser
import ClusterModel
import IPTables
import NFTables
import NetfilterKernel
import NetworkValues
import ProxyDaemon
import ProxyPlanning
import RuleCompilers
import StateFiles
import SystemPackage

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
        let mode = format?.mode ?? proxy.proxyMode
        let hasErrors = try renderOnce(
            state.path, proxy.settings(for: mode), stage: stage, formats: format.map { [$0] } ?? mode.formats)
        if hasErrors { throw ExitCode.failure }
    }
}

/// Prints what the state in these files gives.
///
/// - Returns: whether part of the state could not be used.
func renderOnce(
    _ path: String, _ settings: ProxySettings, stage: Render.Stage = .rules, formats: [Render.Format]
) throws -> Bool {
    let update = try readState(at: path)
    var snapshot = ClusterSnapshot()
    snapshot.apply(update.edits)
    let plan = Planner.plan(snapshot, settings, machineAddresses: try NetfilterSocket().machineAddresses())
    switch stage {
    case .plan: printText(plan.text)
    case .rules: printText(rulesText(plan, formats))
    }
    let diagnostics = update.diagnostics + plan.diagnostics
    try printDiagnostics(diagnostics)
    return diagnostics.contains { $0.severity == .error }
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
private func rulesText(_ plan: ProxyPlan, _ formats: [Render.Format]) -> String {
    let families = formats.compactMap(\.family)
    if families.isEmpty { return NFTablesCompiler.compile(plan).map(\.nftText).joined(separator: "\n") }
    let tables = IPTablesCompiler.compile(plan)
    let texts = families.map { family in tables.filter { $0.id.family == family }.restoreText }
    if texts.count == 1 { return texts[0] }
    return zip(formats, texts).map { "# for \($0)-restore --noflush\n" + $1 }.joined()
}

/// Prints to standard output, without a line end of its own.
func printText(_ text: String) {
    print(text, terminator: "")
}

/// Prints to standard error, a line each.
func printDiagnostics(_ diagnostics: [Diagnostic]) throws {
    let lines = diagnostics.map { "\($0.severity.rawValue): \($0)\n" }
    try FileDescriptor.standardError.writeAll(lines.joined().utf8)
}
