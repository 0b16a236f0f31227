/// The part of an object's metadata that matters here. The corresponding API type is `ObjectMeta`.
package struct ObjectMetadata: Hashable, Sendable {
    /// Namespace (`default` if the file says none, for a namespaced kind) and name.
    package var name: NamespacedName

    /// `metadata.labels`.
    package var labels: [String: String]

    /// `metadata.annotations`, without `kubectl.kubernetes.io/last-applied-configuration`, which repeats the object.
    package var annotations: [String: String]

    /// `metadata.uid`, nil if absent, as in most files: it tells an object from a later one of the same name.
    package var uid: String?

    /// `metadata.creationTimestamp`, nil if absent.
    package var creationTimestamp: Timestamp?

    /// `metadata.deletionTimestamp`, nil if absent: from then on the object only waits to be gone.
    package var deletionTimestamp: Timestamp?

    package init(
        name: NamespacedName, labels: [String: String] = [:], annotations: [String: String] = [:], uid: String? = nil,
        creationTimestamp: Timestamp? = nil, deletionTimestamp: Timestamp? = nil
    ) {
        self.name = name
        self.labels = labels
        self.annotations = annotations
        self.uid = uid
        self.creationTimestamp = creationTimestamp
        self.deletionTimestamp = deletionTimestamp
    }
}

/// Which of several objects comes first, where only one can have something: the oldest, and then by name. An object that does
/// not say when it was made is younger than all that do.
package struct ObjectAge: Hashable, Sendable, Comparable {
    private let creationTimestamp: Timestamp?
    /// The object's name.
    package let name: NamespacedName

    package init(of metadata: ObjectMetadata) {
        creationTimestamp = metadata.creationTimestamp
        name = metadata.name
    }

    /// The older one first.
    package static func < (lhs: ObjectAge, rhs: ObjectAge) -> Bool {
        switch (lhs.creationTimestamp, rhs.creationTimestamp) {
        case (let left?, let right?) where left != right: left < right
        case (.some, nil): true
        case (nil, .some): false
        default: lhs.name < rhs.name
        }
    }
}
