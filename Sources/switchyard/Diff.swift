import ArgumentParser
import ClusterModel
import NetfilterKernel
import NetfilterWire
import ProxyDaemon
import ProxyPlanning
import StateFiles

/// `switchyard diff`: what `apply` would send.
struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare the kernel's rules with the state, and print what apply would do; touch nothing.",
        discussion: "The exit code is 0 if there is nothing to do, 1 if there is, and 2 after an error.")

    @OptionGroup var state: StateOptions
    @OptionGroup var proxy: ProxyOptions

    func run() throws {
        let update: StateUpdate
        let kernel: DryRunKernel
        let report: SyncReport
        do {
            update = try readState(at: state.path)
            kernel = DryRunKernel(try NetfilterSocket())
            var proxier = Proxier(proxy.settings, mode: proxy.proxyMode, kernel: kernel)
            report = try proxier.sync(update)
            try printDiagnostics(update.diagnostics + report.diagnostics)
        } catch {
            try printDiagnostics([Diagnostic(.error, "\(error)")])
            throw ExitCode(2)
        }
        let commands =
            kernel.missingAccountingObjects.map { "nfacct add \($0)" } + kernel.operations.flatMap(\.commands)
        printText(commands.map { $0 + "\n" }.joined())
        if (update.diagnostics + report.diagnostics).contains(where: { $0.severity == .error }) { throw ExitCode(2) }
        if !commands.isEmpty { throw ExitCode(1) }
    }
}
