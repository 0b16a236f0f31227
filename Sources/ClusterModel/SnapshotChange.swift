/// Which parts of a snapshot a row of edits has changed.
package struct SnapshotChange: Hashable, Sendable {
    /// Services that changed themselves or whose endpoints did.
    package var services: Set<NamespacedName> = []
    /// Names of changed Nodes.
    package var nodes: Set<String> = []
    /// Changed Pods, in the order in which they did. No plan depends on them: Services have endpoints of their own.
    package var pods: [NamespacedName] = []
    /// Whether any ServiceCIDR changed.
    package var hasServiceCIDRs = false

    /// No change.
    package init() {}

    /// Whether nothing changed.
    package var isEmpty: Bool { services.isEmpty && nodes.isEmpty && pods.isEmpty && !hasServiceCIDRs }

    /// Adds the changes of another.
    package mutating func formUnion(_ other: SnapshotChange) {
        services.formUnion(other.services)
        nodes.formUnion(other.nodes)
        pods += other.pods
        hasServiceCIDRs = hasServiceCIDRs || other.hasServiceCIDRs
    }
}
