package import ClusterModel

/// What changed in the cluster's state.
package struct StateUpdate: Hashable, Sendable {
    /// The changes, at most one for each object, sorted by object.
    package var edits: [ObjectEdit]

    /// What is wrong with the input that was read for this update, without what was said before.
    package var diagnostics: [Diagnostic]

    /// Which objects there may be that are not known. Rules that were there before may be theirs.
    package var unknown: UnknownState

    /// When the first of the events came that it is about; nil if none is known, as for what was there at the start.
    package var since: ContinuousClock.Instant?

    package init(
        edits: [ObjectEdit] = [], diagnostics: [Diagnostic] = [], unknown: UnknownState = .nothing,
        since: ContinuousClock.Instant? = nil
    ) {
        self.edits = edits
        self.diagnostics = diagnostics
        self.unknown = unknown
        self.since = since
    }

    /// Makes one update of this and a newer one, which has the last word on each object.
    package mutating func merge(_ newer: StateUpdate) {
        put(newer.edits)
        diagnostics += newer.diagnostics
        unknown = newer.unknown
        since = [since, newer.since].compactMap { $0 }.min()
    }

    /// Has these edits, which are sorted by object, say what their objects are, whatever was said before.
    package mutating func put(_ newer: [ObjectEdit]) {
        if newer.isEmpty { return }
        if edits.isEmpty {
            edits = newer
            return
        }
        var merged: [ObjectEdit] = []
        merged.reserveCapacity(edits.count + newer.count)
        var rest = edits[...]
        for edit in newer {
            let reference = edit.reference
            while let older = rest.first, older.reference < reference { merged.append(rest.removeFirst()) }
            if rest.first?.reference == reference { rest.removeFirst() }
            merged.append(edit)
        }
        edits = merged + rest
    }
}

/// The state cannot be read, or not be watched.
package struct StateError: Error, Hashable, CustomStringConvertible {
    /// The file, directory or server.
    package var path: String

    /// What was tried, e.g. `open`.
    package var operation: String

    /// Why it failed, in the words of whoever refused it.
    package var reason: String

    package init(path: String, operation: String, reason: String) {
        self.path = path
        self.operation = operation
        self.reason = reason
    }

    /// `state: cannot open: No such file or directory`.
    package var description: String {
        "\(path): cannot \(operation): \(reason)"
    }
}
