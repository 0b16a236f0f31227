import ClusterControllers
import ClusterModel
import ClusterState
import NetworkValues
import ProxyConfiguration
import StateFiles

/// What every command's state goes into: with the stages that add what follows from what is written, as these options ask
/// for it.
///
/// - Parameter changesFiles: Whether what has to be remembered is written down; if not, nothing is touched.
func makeCluster(
    _ state: StateOptions, _ ranges: AllocationRanges, changesFiles: Bool
) throws -> KnownCluster {
    let allocation = try ranges.stage(changesFiles: changesFiles)
    let controllers = state.controllers.mode.map {
        ClusterControllers($0, families: ranges.clusterIPs?.prefixes.map(\.family))
    }
    let stages: [(any StateStage)?] = [allocation, controllers]
    return KnownCluster(stages: stages.compactMap { $0 })
}

/// What is known of the cluster from the state as it is read once, for a command that only looks: nothing is touched. It is kept
/// until the process ends.
///
/// - Returns: also what is to be said of it.
func readCluster(
    _ state: StateOptions, _ ranges: AllocationRanges
) throws -> (cluster: KnownCluster, diagnostics: [Diagnostic]) {
    let update = try readState(at: state.paths)
    var cluster = try makeCluster(state, ranges, changesFiles: false)
    let words = cluster.take(update).diagnostics
    keepUntilProcessEnds(update, cluster)
    return (cluster, update.diagnostics + words)
}
