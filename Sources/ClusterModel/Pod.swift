/// A Pod, kept for what a control plane would do with it. The corresponding API type is `v1.Pod`.
package struct Pod: Hashable, Sendable {
    /// `metadata`.
    package var metadata: ObjectMetadata

    /// A Pod.
    package init(metadata: ObjectMetadata) {
        self.metadata = metadata
    }
}
