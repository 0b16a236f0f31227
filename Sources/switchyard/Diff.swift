import ArgumentParser
import ClusterModel
import ClusterState
import NetfilterKernel
import NetfilterWire
import ProxyDaemon
import StateFiles

/// `switchyard diff`: what `apply` would send.
struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compare the kernel's rules with the state, and print what apply would do; touch nothing.",
        discussion: "The exit code is 0 if there is nothing to do, 1 if there is, and 2 after an error.")

    @OptionGroup var state: StateOptions
    @OptionGroup var proxy: ProxyOptions

    func run() throws {
        let status: Int32
        do {
            status = try compare()
        } catch let failure as OutputFailure where failure.isReaderGone {
            throw failure
        } catch {
            try printDiagnostics([Diagnostic(.error, "\(error)")])
            status = 2
        }
        throw ExitCode(status)
    }

    /// - Returns: the exit status.
    private func compare() throws -> Int32 {
        let update = try readState(at: state.paths)
        let kernel = DryRunKernel(try NetfilterSocket())
        let cluster = try makeCluster(state, proxy.ranges, changesFiles: false)
        var proxier = Proxier(try proxy.configuration(), cluster: cluster, kernel: kernel)
        let diagnostics = try update.diagnostics + proxier.sync(update).diagnostics
        try printDiagnostics(proxy.foreign.diagnostics + diagnostics)
        let commands =
            kernel.missingAccountingObjects.map { "nfacct add \($0)" } + kernel.operations.flatMap(\.commands)
        try printText(commands.map { $0 + "\n" }.joined())
        if diagnostics.contains(where: { $0.severity == .error }) { return 2 }
        return commands.isEmpty ? 0 : 1
    }
}
