package import ClusterModel

/// How far a stream has listed one kind, and which objects of it the stream has.
///
/// A list begins with the stream, when the stream is opened again, after the end of a watch, or with a typed list. When it
/// is complete, whatever was there before it began and has not come again is gone.
package struct ListProgress: Sendable {
    /// Whether all objects of the kind have been listed once.
    package private(set) var isComplete = false
    /// Whether they have been while nothing came that could not be read.
    package private(set) var isClean = false
    /// Whether something came since the list began that could not be read, and that may be of this kind.
    package var isDamaged = false
    /// Whether the list is one of several pages, of which the last is missing.
    package private(set) var isPaging = false
    /// The objects that have come since the list began, and the bytes of each.
    private var current: [NamespacedName: Int] = [:]
    /// What was there before the list began and has not come since.
    private var earlier: [NamespacedName: Int] = [:]
    /// The bytes of all.
    package private(set) var size = 0

    /// Nothing has come yet.
    package init() {}

    /// Whether the stream has this kind at all.
    package var isCarried: Bool { isComplete || !current.isEmpty || !earlier.isEmpty }

    /// A list begins.
    package mutating func begin() {
        if earlier.isEmpty { swap(&earlier, &current) } else { earlier.merge(current) { _, new in new } }
        current = [:]
        isDamaged = false
        isPaging = false
    }

    /// One page of a list comes.
    package mutating func beginPage(isLast: Bool) {
        if !isPaging { begin() }
        isPaging = !isLast
    }

    /// The object has come.
    package mutating func note(_ name: NamespacedName, size newSize: Int) {
        let old = (earlier.isEmpty ? nil : earlier.removeValue(forKey: name)) ?? current[name] ?? 0
        current[name] = newSize
        size += newSize - old
    }

    /// The object is gone.
    package mutating func forget(_ name: NamespacedName) {
        size -= (earlier.removeValue(forKey: name) ?? 0) + (current.removeValue(forKey: name) ?? 0)
    }

    /// All objects may have come, or only some of them.
    package mutating func completeForNow() {
        isComplete = true
        if !isDamaged { isClean = true }
    }

    /// The list is complete.
    ///
    /// - Returns: what is gone. Nothing, if part of the list could not be read, since it may be there.
    package mutating func end() -> [NamespacedName] {
        isComplete = true
        if isDamaged { return [] }
        isClean = true
        size -= earlier.values.reduce(0, +)
        defer { earlier = [:] }
        return Array(earlier.keys)
    }
}
