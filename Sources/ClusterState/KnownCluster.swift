package import ClusterModel

/// All that is known of the cluster, as one value: made before anything is derived from it, so that the proxy and whatever
/// else reads it (discovery, a page for people) see the same.
///
/// What adds to the state what nobody wrote, such as a controller or an allocation, changes the update on its way in.
package struct KnownCluster: Sendable {
    /// The objects.
    package private(set) var snapshot = ClusterSnapshot()

    /// What there may be besides.
    package private(set) var unknown = UnknownState.nothing

    /// Nothing is known yet.
    package init() {}

    /// Takes in what has changed.
    ///
    /// - Returns: what is different from before.
    package mutating func take(_ update: StateUpdate) -> SnapshotChange {
        unknown = update.unknown
        return snapshot.apply(update.edits)
    }
}
