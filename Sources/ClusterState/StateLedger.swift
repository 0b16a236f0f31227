package import ClusterModel

/// When something was last changed: `st_mtim` of `stat(2)` for a file, the time of arrival for a stream.
package struct ModificationTime: Hashable, Comparable, Sendable {
    /// Since 1970.
    package var seconds: Int
    /// The rest, 0...999999999.
    package var nanoseconds: Int

    package init(seconds: Int, nanoseconds: Int) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// The earlier one first.
    package static func < (lhs: Self, rhs: Self) -> Bool {
        (lhs.seconds, lhs.nanoseconds) < (rhs.seconds, rhs.nanoseconds)
    }
}

/// One ledger of the versions of each object, from wherever they come: which of them is in force, and what was said of it.
///
/// Of several origins that have an object, the one that changed it last decides. Pure, and every step costs as much as the
/// objects that it is about.
package struct StateLedger: Sendable {
    /// Whence objects come: a file, a stream, or a server.
    package struct Origin: Hashable, Sendable {
        fileprivate let index: Int32
    }

    /// What is to be said where it is not known at all what is in some input.
    package static let keptWords = "; all rules in the kernel are kept that may be for what is in it"

    private var objects: [ObjectReference: HeldObject] = [:]
    private var touched: [ObjectReference] = []
    /// The objects that cannot be used as they are anywhere, by the Services that they are of.
    private var refused: [ObjectReference: NamespacedName] = [:]
    private var conflicts = ReportedDiagnostics<ObjectReference>()
    private var originNames: [String] = []
    private var origins: [String: Origin] = [:]
    private var freeOrigins: [Origin] = []
    private var readingCount: UInt32 = 0

    /// A ledger of nothing.
    package init() {}

    /// The origin of this name, by which diagnostics call it.
    package mutating func origin(_ name: String) -> Origin {
        if let known = origins[name] { return known }
        let origin = freeOrigins.popLast() ?? Origin(index: Int32(originNames.count))
        if Int(origin.index) == originNames.count { originNames.append("") }
        originNames[Int(origin.index)] = name
        origins[name] = origin
        return origin
    }

    /// Nothing comes from there any more, and none of its objects is left.
    package mutating func forget(_ origin: Origin) {
        origins[originNames[Int(origin.index)]] = nil
        originNames[Int(origin.index)] = ""
        freeOrigins.append(origin)
    }

    /// The object is this, an origin says.
    ///
    /// - Parameter keepsTime: Whether saying the same again changes nothing, as in a stream that lists its objects anew.
    package mutating func put(
        _ object: ClusterObject, from origin: Origin, modified: ModificationTime, keepsTime: Bool = false
    ) {
        let version = HeldObject.Version(origin: origin.index, modified: modified, object: object)
        put(version, object.reference, keepsTime: keepsTime)
    }

    /// - Returns: the number of the reading in which the origin had the object before; nil if it did not.
    @discardableResult
    private mutating func put(
        _ version: HeldObject.Version, _ reference: ObjectReference, keepsTime: Bool
    ) -> UInt32? {
        var before: UInt32?
        var isSame = false
        edit(reference) { held in
            let old = held.versions.update(version, of: version.origin) { old, new in
                // What is the same is not taken as new; and what cannot be used leaves what was there.
                if new.object == nil { new.object = old.object }
                isSame = old.object == new.object
                if keepsTime, isSame { new.modified = old.modified }
            }
            before = old?.reading
            if old == nil || version.object == nil { return true }
            return !isSame || !keepsTime && held.versions.count > 1
        }
        return before
    }

    /// The object is there, an origin says, but cannot be used as it is: what the origin said before stays.
    ///
    /// - Parameter service: The Service that it is or belongs to, if that can be told.
    package mutating func refuse(
        _ reference: ObjectReference, of service: NamespacedName?, from origin: Origin, modified: ModificationTime
    ) {
        refused[reference] = service
        put(HeldObject.Version(origin: origin.index, modified: modified, object: nil), reference, keepsTime: false)
    }

    /// The object is not there, or no longer, as far as this origin goes.
    package mutating func remove(_ reference: ObjectReference, from origin: Origin) {
        guard objects[reference] != nil else { return }
        edit(reference) { held in held.versions.remove(of: origin.index) }
    }

    /// - Parameter change: Changes the versions; returns whether another one may be in force then.
    private mutating func edit(_ reference: ObjectReference, _ change: (inout HeldObject) -> Bool) {
        let isNew = Self.edit(&objects[reference, default: HeldObject()], change)
        if isNew { touched.append(reference) }
    }

    /// - Returns: whether the object was not touched before.
    private static func edit(_ held: inout HeldObject, _ change: (inout HeldObject) -> Bool) -> Bool {
        guard change(&held), !held.isTouched else { return false }
        held.isTouched = true
        held.before = held.inForce
        return true
    }

    /// The Services that have objects of which no version can be used.
    package var unknown: UnknownState {
        refused.isEmpty ? .nothing : .services(Set(refused.values))
    }

    /// The net changes since the last call, sorted by object, and what is to be said of them.
    package mutating func takeChanges() -> (edits: [ObjectEdit], diagnostics: [Diagnostic]) {
        var edits: [ObjectEdit] = []
        var diagnostics: [Diagnostic] = []
        touched.sort()
        for reference in touched {
            guard let index = objects.index(forKey: reference) else { continue }
            let versions = objects.values[index].decide(originNames)
            let held = objects.values[index]
            if held.inForce != held.before {
                edits.append(held.inForce.map { .put($0) } ?? .delete(reference))
            }
            objects.values[index].before = nil
            if !refused.isEmpty, held.inForce != nil || held.versions.count == 0 { refused[reference] = nil }
            if held.versions.count == 0 { objects.remove(at: index) }
            diagnostics += conflicts.news(conflicts(of: reference, versions), of: reference)
        }
        touched.removeAll()
        return (edits, diagnostics)
    }

    private func conflicts(of reference: ObjectReference, _ versions: [HeldObject.Version]) -> [Diagnostic] {
        guard versions.count > 1, let winner = versions.last else { return [] }
        return versions.dropLast().map { loser in
            let reason =
                loser.modified == winner.modified
                ? "was changed at the same time and comes later in the order of names" : "was changed later"
            return Diagnostic(
                .warning, file: originNames[Int(loser.origin)], object: reference.description,
                "is also in \(originNames[Int(winner.origin)]), which is used, as it \(reason)")
        }
    }
}

extension StateLedger {
    /// One reading of all that an origin has, from the beginning to the end.
    package struct Reading: Sendable {
        /// Whence.
        package let origin: Origin
        fileprivate let number: UInt32
        fileprivate let modified: ModificationTime
        fileprivate var references: [ObjectReference] = []
        fileprivate var hasDeletions = false
    }

    /// All that an origin has is read now.
    ///
    /// - Parameter count: How many objects there are about to be.
    package mutating func beginReading(of origin: Origin, modified: ModificationTime, count: Int = 0) -> Reading {
        readingCount += 1
        // A dictionary that grows step by step moves everything again and again.
        if count > objects.count { objects.reserveCapacity(objects.count + count) }
        return Reading(origin: origin, number: readingCount, modified: modified)
    }

    /// Takes in what the origin says of one object.
    ///
    /// - Returns: whether it has said something of that object before in this reading.
    package mutating func take(_ edit: DecodedEdit, _ reading: inout Reading) -> Bool {
        var object: ClusterObject?
        switch edit {
        case .refused(nil, _): return false
        case .delete(let reference):
            reading.hasDeletions = true
            remove(reference, from: reading.origin)
            return false
        case .refused(let reference?, let service): refused[reference] = service
        case .put(let new): object = new
        }
        guard let reference = edit.reference else { return false }
        let version = HeldObject.Version(
            origin: reading.origin.index, reading: reading.number, modified: reading.modified, object: object)
        if put(version, reference, keepsTime: false) == reading.number { return true }
        reading.references.append(reference)
        return false
    }

    /// The objects that the origin has, whether they can be used or not, each once.
    package func references(of reading: Reading) -> [ObjectReference] {
        reading.hasDeletions ? reading.references.filter { has($0, in: reading) } : reading.references
    }

    /// Whether the origin has the object.
    package func has(_ reference: ObjectReference, in reading: Reading) -> Bool {
        objects[reference]?.versions.version(of: reading.origin.index)?.reading == reading.number
    }

    /// These are all objects of a kind that an origin has: what a new list of a server says.
    package mutating func replaceAll(
        _ kind: ObjectKind, with new: [ClusterObject], from origin: Origin, modified: ModificationTime
    ) {
        let names = Set(new.map(\.reference))
        for object in new { put(object, from: origin, modified: modified, keepsTime: true) }
        let gone = objects.filter { reference, held in
            reference.kind == kind && !names.contains(reference) && held.versions.version(of: origin.index) != nil
        }
        for reference in gone.keys { remove(reference, from: origin) }
    }
}
