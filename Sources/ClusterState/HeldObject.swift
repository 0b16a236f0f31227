import ClusterModel

/// What a ledger holds of one object.
struct HeldObject: Sendable {
    /// What one origin says of it.
    struct Version: Sendable {
        var origin: Int32
        /// The number of the reading of the origin in which it was last found; 0 for none.
        var reading: UInt32 = 0
        var modified: ModificationTime
        /// Nil if the object cannot be used as it is there, and there is no earlier version of it.
        var object: ClusterObject?
    }

    var versions = Versions()
    var inForce: ClusterObject?
    /// What was in force when changes were last taken; only if it is touched.
    var before: ClusterObject?
    var isTouched = false

    /// Decides which version is in force.
    ///
    /// - Returns: all that can be used, the one in force last.
    mutating func decide(_ originNames: [String]) -> [Version] {
        isTouched = false
        if let only = versions.only {
            inForce = only.object ?? inForce
            return []
        }
        let usable = versions.all.filter { $0.object != nil }.sorted {
            ($0.modified, originNames[Int($0.origin)]) < ($1.modified, originNames[Int($1.origin)])
        }
        // Where there are only versions that cannot be used, what is in force stays.
        if let winner = usable.last {
            inForce = winner.object
        } else if versions.count == 0 {
            inForce = nil
        }
        return usable
    }
}

/// The versions of an object: nearly always one, for which nothing is allocated.
enum Versions: Sendable {
    case one(HeldObject.Version)
    case several([HeldObject.Version])

    init() { self = .several([]) }

    /// The only one there is.
    var only: HeldObject.Version? {
        switch self {
        case .one(let version): version
        case .several: nil
        }
    }

    var all: [HeldObject.Version] {
        switch self {
        case .one(let version): [version]
        case .several(let versions): versions
        }
    }

    var count: Int {
        switch self {
        case .one: 1
        case .several(let versions): versions.count
        }
    }

    /// What an origin says.
    func version(of origin: Int32) -> HeldObject.Version? {
        switch self {
        case .one(let version): version.origin == origin ? version : nil
        case .several(let versions): versions.first { $0.origin == origin }
        }
    }

    /// Puts a version in the place of the origin's last one.
    ///
    /// - Parameter merge: Gives the new one what it is to keep of the old one.
    /// - Returns: the old one.
    mutating func update(
        _ version: HeldObject.Version, of origin: Int32,
        _ merge: (HeldObject.Version, inout HeldObject.Version) -> Void
    ) -> HeldObject.Version? {
        var version = version
        let old = self.version(of: origin)
        if let old { merge(old, &version) }
        let others = count == (old == nil ? 0 : 1) ? [] : all.filter { $0.origin != origin }
        self = others.isEmpty ? .one(version) : .several(others + [version])
        return old
    }

    /// - Returns: whether there was one of that origin.
    mutating func remove(of origin: Int32) -> Bool {
        let others = all.filter { $0.origin != origin }
        guard others.count != count else { return false }
        self = others.count == 1 ? .one(others[0]) : .several(others)
        return true
    }
}
