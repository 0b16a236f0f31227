/// The part of an object's metadata that matters here. The corresponding API type is `ObjectMeta`.
package struct ObjectMetadata: Hashable, Sendable {
    /// Namespace (`default` if the file says none, for a namespaced kind) and name.
    package var name: NamespacedName

    /// `metadata.labels`.
    package var labels: [String: String]

    /// `metadata.annotations`, without `kubectl.kubernetes.io/last-applied-configuration`, which repeats the object.
    package var annotations: [String: String]

    /// `metadata.creationTimestamp`, nil if absent.
    package var creationTimestamp: Timestamp?

    /// Metadata.
    package init(
        name: NamespacedName, labels: [String: String] = [:], annotations: [String: String] = [:],
        creationTimestamp: Timestamp? = nil
    ) {
        self.name = name
        self.labels = labels
        self.annotations = annotations
        self.creationTimestamp = creationTimestamp
    }
}
