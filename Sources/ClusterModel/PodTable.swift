/// The Pods of a cluster. There are more of them than of anything else, so that they are kept as the edits have them, and none
/// is copied.
package struct PodTable: Sendable {
    private var objects: [NamespacedName: ClusterObject] = [:]

    package var isEmpty: Bool { objects.isEmpty }

    /// All Pods, in no particular order.
    package var all: some Sequence<Pod> { objects.values.lazy.compactMap(\.pod) }

    /// The Pod of this name.
    package subscript(name: NamespacedName) -> Pod? { objects[name]?.pod }

    mutating func reserveCapacity(_ count: Int) { objects.reserveCapacity(count) }

    /// Puts a Pod in the place of the one of its name.
    ///
    /// - Returns: whether anything is different then.
    mutating func put(_ pod: ClusterObject) -> Bool { objects.updateValue(pod, forKey: pod.reference.name) != pod }

    /// - Returns: whether it was there.
    mutating func remove(_ name: NamespacedName) -> Bool { objects.removeValue(forKey: name) != nil }
}

extension ClusterObject {
    fileprivate var pod: Pod? {
        guard case .pod(let pod) = self else { return nil }
        return pod
    }
}
