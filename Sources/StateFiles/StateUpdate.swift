public import ClusterModel
public import SystemPackage

/// What changed in the cluster's state.
public struct StateUpdate: Hashable, Sendable {
    /// The changes, at most one for each object, sorted by object.
    public var edits: [ObjectEdit]

    /// What is wrong with the input that was read for this update, without what was said before.
    public var diagnostics: [Diagnostic]

    /// Which objects there may be that are not known. Rules that were there before may be theirs.
    public var unknown: UnknownState

    /// An update.
    public init(edits: [ObjectEdit] = [], diagnostics: [Diagnostic] = [], unknown: UnknownState = .nothing) {
        self.edits = edits
        self.diagnostics = diagnostics
        self.unknown = unknown
    }

    /// Makes one update of this and a newer one, which has the last word on each object.
    public mutating func merge(_ newer: StateUpdate) {
        if edits.isEmpty {
            edits = newer.edits
        } else if !newer.edits.isEmpty {
            let replaced = Set(newer.edits.map(\.reference))
            edits.removeAll { replaced.contains($0.reference) }
            edits = (edits + newer.edits).sorted { $0.reference < $1.reference }
        }
        diagnostics += newer.diagnostics
        unknown = newer.unknown
    }
}

/// The state cannot be read, or not be watched.
public struct StateError: Error, Hashable, CustomStringConvertible {
    /// The file or directory.
    public var path: String

    /// What was tried, e.g. `open`.
    public var operation: String

    /// Why it failed.
    public var errno: Errno

    /// A failure.
    public init(path: String, operation: String, errno: Errno) {
        self.path = path
        self.operation = operation
        self.errno = errno
    }

    /// `state: cannot open: No such file or directory`.
    public var description: String {
        "\(path): cannot \(operation): \(errno)"
    }
}
