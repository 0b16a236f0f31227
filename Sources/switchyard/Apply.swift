import ArgumentParser
import ClusterModel
import ClusterState
import NetfilterKernel
import ProxyConfiguration
import ProxyDaemon
import StateFiles

/// `switchyard apply`: one sync.
struct Apply: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Bring the kernel's rules in step with the state, once.")

    @OptionGroup var state: StateOptions
    @OptionGroup var proxy: ProxyOptions

    @Option(help: ArgumentHelp("Print the rules and touch nothing: the same as render.", valueName: "bool"))
    var dryRun = GoBoolean(false)

    func run() throws {
        if dryRun.value { try renderOnce(state, proxy) } else { try applyOnce(state, proxy) }
    }
}

/// - Throws: also if part of the state could not be used, after what could be.
private func applyOnce(_ state: StateOptions, _ options: ProxyOptions) throws {
    var configuration = try options.configuration()
    let warnings = try prepareNode(&configuration) + checkForDaemon()
    let update = try readState(at: state.paths)
    let cluster = try makeCluster(state, options.ranges, changesFiles: true)
    var proxier = Proxier(configuration, cluster: cluster, kernel: try NetfilterSocket())
    let report = try proxier.sync(update)
    keepUntilProcessEnds(proxier, update)
    let diagnostics = options.foreign.diagnostics + warnings + update.diagnostics + report.diagnostics
    try printDiagnostics(diagnostics)
    try printText(report.summary + "\n")
    if diagnostics.contains(where: { $0.severity == .error }) { throw ExitCode.failure }
}
