package import NetworkValues

/// The elements of one named set or map.
package struct SetElements: Hashable, Sendable {
    /// The set's name.
    package var set: String

    /// The elements, in no particular order.
    package var elements: [Element]

    /// The elements of the named set or map.
    package init(_ set: String, _ elements: [Element]) {
        self.set = set
        self.elements = elements
    }
}

/// What the elements that rules have put into a dynamic set or map may be like.
///
/// An element with another value points to an endpoint that is gone, and is to be deleted; one that would live for longer
/// was made before the time was shortened.
package struct DynamicMapValues: Hashable, Sendable {
    /// The name of the set or map.
    package var map: String

    /// The values that may stay, sorted; nil for a set, whose elements have none.
    package var values: [Tuple]?

    /// The time after its last packet for which an element lives; nil if any will do.
    package var timeoutSeconds: UInt32?

    /// The values that may stay in the named map, in any order.
    package init(_ map: String, _ values: [Tuple]?, timeoutSeconds: UInt32? = nil) {
        self.map = map
        self.values = values?.sorted()
        self.timeoutSeconds = timeoutSeconds
    }

    /// Whether all that the other one lets be may be here too.
    func admits(all other: DynamicMapValues) -> Bool {
        if let values, !Set(other.values ?? []).isSubset(of: values) { return false }
        guard let timeoutSeconds else { return true }
        return other.timeoutSeconds.map { $0 <= timeoutSeconds } ?? false
    }
}

/// The identity of a table.
package struct TableID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The family: `ip` or `ip6`.
    package var family: IPFamily

    /// The name, unique in the family.
    package var name: String

    /// The table of this family and name.
    package init(_ family: IPFamily, _ name: String) {
        self.family = family
        self.name = name
    }

    /// `ip switchyard`.
    package var description: String { "\(family.nftKeyword) \(name)" }

    /// `ip` before `ip6`, then by name.
    package static func < (lhs: TableID, rhs: TableID) -> Bool {
        lhs.family != rhs.family ? lhs.family < rhs.family : lhs.name < rhs.name
    }
}

/// A whole table as one value: what is printed, traced, loaded at once, and read back from the kernel.
package struct TableContents: Hashable, Sendable {
    /// Which table.
    package var id: TableID

    /// What it is for, at most 128 bytes.
    package var comment: String?

    /// Whether its base chains are not hooked in, so that no packet meets them: the flag `dormant`, which is never wanted.
    package var isDormant = false

    /// The named sets and maps, in the order in which they are made.
    package var sets: [SetDeclaration] = []

    /// The elements; none for a dynamic set, whose elements belong to the packets.
    package var elements: [SetElements] = []

    /// The chains, in the order in which they are made.
    package var chains: [Chain] = []

    /// The values that may stay in dynamic maps.
    package var dynamicValues: [DynamicMapValues] = []

    /// An empty table.
    package init(_ id: TableID, comment: String? = nil) {
        self.id = id
        self.comment = comment
    }
}

/// What turns one state of a table into another, in one transaction.
///
/// The order in which it is carried out: delete the table, add or wake it, add sets, add chains (without rules), flush replaced
/// chains, delete elements, add the rules of new and replaced chains, add elements, delete chains, delete sets. The
/// kernel takes every such change, since nothing is used before it is there nor deleted while it is used.
package struct TableChange: Hashable, Sendable {
    /// Which table.
    package var id: TableID

    /// The table's comment, if it is made.
    package var comment: String?

    /// Whether the table that is there must go first, with all that is in it.
    package var deletesTable = false

    /// Whether the table is made.
    package var addsTable = false

    /// Whether the table that is there is dormant and must not be.
    package var wakesTable = false

    /// Sets and maps that are made, in this order.
    package var addedSets: [SetDeclaration] = []
    /// Chains that are made, in this order, with their rules.
    package var addedChains: [Chain] = []

    /// Chains that are there and get these rules instead of theirs.
    package var replacedChains: [Chain] = []

    /// Elements that are there and go; those of deleted sets are not among them.
    package var deletedElements: [SetElements] = []
    /// Elements that are made, perhaps under the key of a deleted one; several lists of one set follow each other.
    package var addedElements: [SetElements] = []
    /// Chains that go, with their rules.
    package var deletedChains: [String] = []
    /// Sets and maps that go, with their elements.
    package var deletedSets: [String] = []

    /// Dynamic sets and maps to prune after the transaction: elements that are not like these are deleted or shortened.
    package var prunedMaps: [DynamicMapValues] = []

    /// No change.
    package init(_ id: TableID) {
        self.id = id
    }

    /// The change that makes the whole table, which is not there.
    package init(creating contents: TableContents) {
        id = contents.id
        comment = contents.comment
        addsTable = true
        addedSets = contents.sets
        addedChains = contents.chains
        addedElements = contents.elements
    }

    /// The table that the change makes, if it is there only by the change.
    package var created: TableContents {
        var contents = TableContents(id, comment: comment)
        contents.sets = addedSets
        contents.chains = addedChains
        contents.elements = addedElements
        return contents
    }

    /// The same change, except that chains and sets which are no longer used stay.
    package var withoutRemovals: TableChange {
        var change = self
        change.deletedChains = []
        change.deletedSets = []
        return change
    }

    /// Only the removal of chains and sets which are no longer used.
    package var removalsAlone: TableChange {
        var change = TableChange(id)
        change.deletedChains = deletedChains
        change.deletedSets = deletedSets
        return change
    }

    /// Whether there is nothing to send.
    package var isEmpty: Bool {
        !deletesTable && !addsTable && !wakesTable && addedSets.isEmpty && addedChains.isEmpty && replacedChains.isEmpty
            && deletedElements.isEmpty && addedElements.isEmpty && deletedChains.isEmpty && deletedSets.isEmpty
    }
}
