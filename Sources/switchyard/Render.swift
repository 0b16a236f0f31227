import ArgumentParser
import ClusterModel
import NFTables
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
    }

    /// A boundary of the pipeline.
    enum Stage: String, ExpressibleByArgument, CaseIterable {
        case plan
        case rules
    }

    @OptionGroup var state: StateOptions
    @OptionGroup var proxy: ProxyOptions

    @Option(help: "The syntax of the rules: nft, which `nft -f` loads.")
    var format: Format = .nft

    @Option(help: "What to print: the rules, or the plan as a table.")
    var stage: Stage = .rules

    func run() throws {
        let hasErrors = try renderOnce(state.path, proxy.settings, stage: stage)
        if hasErrors { throw ExitCode.failure }
    }
}

/// Prints what the state in these files gives.
///
/// - Returns: whether part of the state could not be used.
func renderOnce(_ path: String, _ settings: ProxySettings, stage: Render.Stage = .rules) throws -> Bool {
    let update = try readState(at: path)
    var snapshot = ClusterSnapshot()
    snapshot.apply(update.edits)
    let plan = Planner.plan(snapshot, settings)
    switch stage {
    case .plan: printText(plan.text)
    case .rules: printText(NFTablesCompiler.compile(plan).map(\.nftText).joined(separator: "\n"))
    }
    let diagnostics = update.diagnostics + plan.diagnostics
    try printDiagnostics(diagnostics)
    return diagnostics.contains { $0.severity == .error }
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
