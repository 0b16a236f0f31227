/// What adds to the state what nobody wrote: a controller, or an allocation of addresses. Stages stand one after another between
/// those who read the state and ``KnownCluster``, so that nothing behind them can tell what was written.
package protocol StateStage: Sendable {
    /// Adds to an update what follows from it, edits and diagnostics, and remembers what it needs of it for later ones.
    ///
    /// What it costs is in proportion to what changed, not to the cluster. The update may be empty: then it is time to try
    /// again what could not be done.
    mutating func complete(_ update: inout StateUpdate)

    /// Whether something could not be done that may succeed later without a change of the state.
    var isUnfinished: Bool { get }
}

extension StateStage {
    /// There is nothing of the kind.
    package var isUnfinished: Bool { false }
}
