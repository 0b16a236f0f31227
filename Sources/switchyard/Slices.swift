import ArgumentParser
import ClusterModel
import ClusterState
import ObjectPrinting

/// `switchyard slices`: where Services lead, before anything is decided about rules.
struct Slices: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the EndpointSlices: those that are written, and those that are made of Pods and of Endpoints.")

    @OptionGroup var state: StateOptions
    @OptionGroup var ranges: AllocationRanges

    @OptionGroup var output: ObjectOutputOptions

    func run() throws {
        let (cluster, diagnostics) = try readCluster(state, ranges)
        let slices = cluster.snapshot.endpointSlices
        try printText(
            output.format.text(
                of: slices, isEmpty: "No EndpointSlices found.\n", tree: \.tree,
                table: EndpointSlice.table(slices, isWide: output.format == .wide)))
        try finish(diagnostics)
    }
}
