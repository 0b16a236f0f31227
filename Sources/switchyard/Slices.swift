import ArgumentParser
import ClusterModel
import ClusterState
import ObjectPrinting
import StateFiles

/// `switchyard slices`: where Services lead, before anything is decided about rules.
struct Slices: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the EndpointSlices: those that are written, and those that are made of Pods and of Endpoints.")

    @OptionGroup var state: StateOptions
    @OptionGroup var ranges: AllocationRanges

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp(
            "json or yaml, a v1 List; wide, columns with more in them. (default: kubectl's columns)",
            valueName: "format"))
    var format: ObjectOutput = .columns

    func run() throws {
        let update = try readState(at: state.paths)
        var cluster = try makeCluster(state, ranges, changesFiles: false)
        let diagnostics = update.diagnostics + cluster.take(update).diagnostics
        let slices = cluster.snapshot.endpointSlices
        keepUntilProcessEnds(update, cluster)
        try printText(
            format.text(
                of: slices, isEmpty: "No EndpointSlices found.\n", tree: \.tree,
                table: EndpointSlice.table(slices, isWide: format == .wide)))
        try printDiagnostics(diagnostics)
        if diagnostics.contains(where: { $0.severity == .error }) { throw ExitCode.failure }
    }
}
