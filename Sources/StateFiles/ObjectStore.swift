import ClusterModel

/// The objects that are in force, and what changed since the changes were last taken.
struct ObjectStore: Sendable {
    private var objects: [ObjectReference: ClusterObject] = [:]
    /// What the changed objects were when the changes were last taken, nil if they were not there.
    private var before: [ObjectReference: ClusterObject?] = [:]

    /// The object of that name, as it is now; assigning nil removes it.
    subscript(reference: ObjectReference) -> ClusterObject? {
        get { objects[reference] }
        set {
            let old = objects[reference]
            guard old != newValue else { return }
            objects[reference] = newValue
            if before[reference] == nil { before.updateValue(old, forKey: reference) }
        }
    }

    /// The net changes since the last call, sorted by object.
    mutating func takeEdits() -> [ObjectEdit] {
        defer { before.removeAll() }
        return before.filter { objects[$0.key] != $0.value }.keys.sorted().map { reference in
            objects[reference].map { .put($0) } ?? .delete(reference)
        }
    }
}
