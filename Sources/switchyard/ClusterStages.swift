import ClusterControllers
import ClusterState
import NetworkValues
import ProxyConfiguration

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
