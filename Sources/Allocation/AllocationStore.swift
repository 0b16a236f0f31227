package import ClusterModel
package import ClusterState

/// Where it is remembered what Services have.
package protocol AllocationStore: Sendable {
    /// What diagnostics call it.
    var name: String { get }

    /// Remembers this in the place of all that was there. When it returns, nothing that happens to the process or the
    /// machine can make that forgotten.
    ///
    /// - Throws: if it cannot be remembered. What was there before stays.
    func save(_ allocations: [NamespacedName: ServiceAllocation]) throws(StateError)
}
