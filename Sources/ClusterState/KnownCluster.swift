package import ClusterModel

/// All that is known of the cluster, as one value: made before anything is derived from it, so that the proxy and whatever
/// else reads it (discovery, a page for people) see the same.
package struct KnownCluster: Sendable {
    private var stages: [any StateStage]

    /// The objects.
    package private(set) var snapshot = ClusterSnapshot()

    /// What there may be besides.
    package private(set) var unknown = UnknownState.nothing

    /// Nothing is known yet.
    ///
    /// - Parameter stages: What each update goes through first, in this order.
    package init(stages: [any StateStage] = []) {
        self.stages = stages
    }

    /// Takes in what has changed.
    ///
    /// - Returns: what is different from before, and what the stages have to say, besides what was said with the update.
    package mutating func take(_ update: StateUpdate) -> (change: SnapshotChange, diagnostics: [Diagnostic]) {
        var update = update
        let saidCount = update.diagnostics.count
        for index in stages.indices { stages[index].complete(&update) }
        unknown = update.unknown
        return (snapshot.apply(update.edits), Array(update.diagnostics.dropFirst(saidCount)))
    }

    /// Whether an update is worth while though the state has not changed, since a stage has something to try again.
    package var isUnfinished: Bool { stages.contains(where: \.isUnfinished) }
}
