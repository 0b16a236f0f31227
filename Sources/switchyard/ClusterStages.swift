import ClusterState

/// What every command's state goes into: with the stages that add what follows from what is written, as these options ask
/// for it.
///
/// - Parameter changesFiles: Whether what has to be remembered is written down; if not, nothing is touched.
func makeCluster(
    _ state: StateOptions, _ ranges: AllocationRanges, changesFiles: Bool
) throws -> KnownCluster {
    KnownCluster(stages: [])
}
