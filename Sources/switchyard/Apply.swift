import ArgumentParser
import ClusterModel
import NetfilterKernel
import ProxyDaemon
import ProxyPlanning
import StateFiles

/// `switchyard apply`: one sync.
struct Apply: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Bring the kernel's rules in step with the state, once.")

    @OptionGroup var state: StateOptions
    @OptionGroup var proxy: ProxyOptions

    @Flag(help: "Print the rules and touch nothing: the same as render.")
    var dryRun = false

    func run() throws {
        let hasErrors =
            dryRun
            ? try renderOnce(state.path, proxy.settings, formats: proxy.proxyMode.formats)
            : try applyOnce(state.path, proxy)
        if hasErrors { throw ExitCode.failure }
    }
}

/// - Returns: whether part of the state could not be used.
private func applyOnce(_ path: String, _ options: ProxyOptions) throws -> Bool {
    var settings = options.settings
    let warnings = try prepareNode(options.proxyMode, &settings)
    let update = try readState(at: path)
    var proxier = Proxier(settings, mode: options.proxyMode, kernel: try NetfilterSocket())
    let report = try proxier.sync(update)
    let diagnostics = warnings + update.diagnostics + report.diagnostics
    try printDiagnostics(diagnostics)
    print(report.summary)
    return diagnostics.contains { $0.severity == .error }
}
