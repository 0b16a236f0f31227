/// Where the cluster's state comes from, as the daemon knows it.
package protocol StateFeed: Sendable {
    /// What changed since the last call; the first call gives all there is. Waits until something changes. One task may
    /// wait at a time.
    ///
    /// - Returns: nil after the end, and if the task is cancelled.
    /// - Throws: if there is no way to go on. What was said before stays true.
    func next() async throws -> StateUpdate?

    /// Ends it: ``next()`` returns nil from now on.
    func stop()
}
