import ClusterModel

/// When something was last changed: `st_mtim` of `stat(2)` for a file, the time of arrival for a stream.
struct ModificationTime: Hashable, Comparable, Sendable {
    var seconds: Int
    var nanoseconds: Int

    static func < (lhs: Self, rhs: Self) -> Bool { (lhs.seconds, lhs.nanoseconds) < (rhs.seconds, rhs.nanoseconds) }
}

/// One ledger of the versions of each object, from wherever they come: which of them is in force, and what was said of it.
///
/// Of several origins (files or streams) that have an object, the one that changed it last decides. Pure, and every step
/// costs as much as the objects that it is about.
struct StateLedger: Sendable {
    /// What one origin says of an object.
    private struct Version: Sendable {
        var origin: String
        var modified: ModificationTime
        /// Nil if the object cannot be used as it is there, and there is no earlier version of it.
        var object: ClusterObject?
    }

    private struct Held: Sendable {
        var versions: [Version] = []
        var inForce: ClusterObject?
        /// What was in force when changes were last taken.
        var before: ClusterObject?
        var isTouched = false
    }

    /// What is to be said where it is not known at all what is in some input.
    static let keptWords = "; all rules in the kernel are kept that may be for what is in it"

    private var objects: [ObjectReference: Held] = [:]
    private var touched: [ObjectReference] = []
    /// The objects that cannot be used as they are anywhere, by the Services that they are of.
    private var refused: [ObjectReference: NamespacedName] = [:]
    private var conflicts = ReportedDiagnostics<ObjectReference>()

    /// The object is this, an origin says.
    ///
    /// - Parameter keepsTime: Whether saying the same again changes nothing, as in a stream that lists its objects anew.
    mutating func put(
        _ object: ClusterObject, from origin: String, modified: ModificationTime, keepsTime: Bool = false
    ) {
        edit(object.reference) { held in
            guard let index = held.versions.firstIndex(where: { $0.origin == origin }) else {
                held.versions.append(Version(origin: origin, modified: modified, object: object))
                return true
            }
            let isSame = held.versions[index].object == object
            if isSame && keepsTime { return false }
            held.versions[index] = Version(origin: origin, modified: modified, object: object)
            return !isSame || held.versions.count > 1
        }
    }

    /// The object is there, an origin says, but cannot be used as it is: what the origin said before stays.
    ///
    /// - Parameter service: The Service that it is or belongs to, if that can be told.
    mutating func refuse(
        _ reference: ObjectReference, of service: NamespacedName?, from origin: String, modified: ModificationTime
    ) {
        refused[reference] = service
        edit(reference) { held in
            if let index = held.versions.firstIndex(where: { $0.origin == origin }) {
                held.versions[index].modified = modified
            } else {
                held.versions.append(Version(origin: origin, modified: modified, object: nil))
            }
            return true
        }
    }

    /// The object is not there, or no longer, as far as this origin goes.
    mutating func remove(_ reference: ObjectReference, from origin: String) {
        guard objects[reference] != nil else { return }
        edit(reference) { held in
            let count = held.versions.count
            held.versions.removeAll { $0.origin == origin }
            return held.versions.count != count
        }
    }

    /// - Parameter change: Changes the versions; returns whether another one may be in force then.
    private mutating func edit(_ reference: ObjectReference, _ change: (inout Held) -> Bool) {
        let isNew = Self.edit(&objects[reference, default: Held()], change)
        if isNew { touched.append(reference) }
    }

    /// - Returns: whether the object was not touched before.
    private static func edit(_ held: inout Held, _ change: (inout Held) -> Bool) -> Bool {
        guard change(&held), !held.isTouched else { return false }
        held.isTouched = true
        held.before = held.inForce
        return true
    }

    /// The Services that have objects of which no version can be used.
    var unknown: UnknownState {
        refused.isEmpty ? .nothing : .services(Set(refused.values))
    }

    /// The net changes since the last call, sorted by object, and what is to be said of them.
    mutating func takeChanges() -> (edits: [ObjectEdit], diagnostics: [Diagnostic]) {
        var edits: [ObjectEdit] = []
        var diagnostics: [Diagnostic] = []
        for reference in touched.sorted() {
            guard let index = objects.index(forKey: reference) else { continue }
            let versions = Self.decide(&objects.values[index])
            let held = objects.values[index]
            if held.inForce != held.before {
                edits.append(held.inForce.map { .put($0) } ?? .delete(reference))
            }
            if held.inForce != nil || held.versions.isEmpty { refused[reference] = nil }
            if held.versions.isEmpty { objects.remove(at: index) }
            diagnostics += conflicts.news(Self.conflicts(of: reference, versions), of: reference)
        }
        touched.removeAll()
        return (edits, diagnostics)
    }

    /// Decides which version is in force.
    ///
    /// - Returns: all that can be used, the one in force last.
    private static func decide(_ held: inout Held) -> [Version] {
        let usable = held.versions.filter { $0.object != nil }.sorted {
            ($0.modified, $0.origin) < ($1.modified, $1.origin)
        }
        // Where there are only versions that cannot be used, what is in force stays.
        if let winner = usable.last {
            held.inForce = winner.object
        } else if held.versions.isEmpty {
            held.inForce = nil
        }
        held.isTouched = false
        return usable
    }

    private static func conflicts(of reference: ObjectReference, _ versions: [Version]) -> [Diagnostic] {
        guard let winner = versions.last else { return [] }
        return versions.dropLast().map { loser in
            let reason =
                loser.modified == winner.modified
                ? "was changed at the same time and comes later in the order of names" : "was changed later"
            return Diagnostic(
                .warning, file: loser.origin, object: reference.description,
                "is also in \(winner.origin), which is used, as it \(reason)")
        }
    }
}
