/// A table as the union of its owners' fragments, which finds out what a change of some of them changes in the table in
/// time proportional to those fragments, not to the table.
package struct ComposedTable: Sendable {
    /// Which table.
    package let id: TableID

    /// The table's comment.
    package let comment: String?

    /// The owner whose sets and chains come first: the frame in which all others hang.
    package static let frameOwner = ""

    private static let unknownOwner = "\u{0}unknown"

    private var fragments: [String: Fragment] = [:]
    private var chainUses: [String: UInt32] = [:]
    private var elementUses: [String: [Tuple: UInt32]] = [:]
    private var exists = false

    /// A table that has not been made yet.
    package init(_ id: TableID, comment: String?) {
        self.id = id
        self.comment = comment
    }

    /// Puts new fragments in the place of their owners' old ones; nil takes the old one away.
    ///
    /// - Parameter replacements: Each owner once.
    /// - Returns: what this changes in the table; the first time, what makes it.
    package mutating func replace(_ replacements: [(owner: String, fragment: Fragment?)]) -> TableChange {
        var difference = TableDifference()
        if fragments.isEmpty { reserveCapacity(for: replacements) }
        for (owner, new) in replacements {
            let old = fragments.isEmpty ? nil : fragments[owner]
            if new == nil && old == nil { continue }
            if old == new { continue }
            if let old { remove(old, from: &difference) }
            if let new { add(new, of: owner, to: &difference) }
            fragments[owner] = new
        }
        var change = exists && difference.needsNewTable ? remaking : difference.change(of: id)
        if !exists {
            change.addsTable = true
            change.comment = comment
        }
        exists = true
        return change
    }

    private mutating func reserveCapacity(for replacements: [(owner: String, fragment: Fragment?)]) {
        var count = 0
        var keyCounts: [String: Int] = [:]
        for case let (_, fragment?) in replacements {
            count += 1
            for list in fragment.sharedKeys { keyCounts[list.set, default: 0] += list.keys.count }
        }
        fragments.reserveCapacity(count)
        for (set, count) in keyCounts { elementUses[set, default: [:]].reserveCapacity(count) }
    }

    /// What turns the table that the kernel holds into this one.
    package func change(from kernel: TableDeviation) -> TableChange {
        var difference = whole(withElements: false)
        for set in kernel.sets { difference.remove(set) }
        for chain in kernel.chains { difference.remove(chain) }
        difference.removeUnknownDynamicValues()
        if difference.needsNewTable { return remaking }
        var change = difference.change(of: id)
        change.deletedElements = kernel.unwanted.sorted { $0.set < $1.set }
        change.addedElements = kernel.missing.sorted { $0.set < $1.set }
        change.wakesTable = kernel.isDormant
        return change
    }

    /// Takes note of something that is in the kernel's table and belongs to no owner that is known. Only in this way can an
    /// owner that comes to need the same chain or key be given it without making it again.
    package mutating func keep(_ leftovers: Fragment) {
        var ignored = TableDifference()
        var kept = leftovers
        kept.sharedChains += sharedChains(under: leftovers)
        add(kept, of: Self.unknownOwner, to: &ignored)
        fragments[Self.unknownOwner] = kept
    }

    /// The chains of known owners that the leftovers lead to, and that must not go with the last of these owners.
    private func sharedChains(under leftovers: Fragment) -> [Chain] {
        let shared = Dictionary(
            fragments.values.flatMap(\.sharedChains).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let own = Dictionary(
            leftovers.sharedChains.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let reached = own.merging(shared) { own, _ in own }.reached(from: leftovers.elements)
        return reached.subtracting(own.keys).sorted().compactMap { shared[$0] }
    }

    /// Whose fragments have this chain.
    package func owners(ofChain name: String) -> [String] {
        owners { fragment in
            fragment.chains.contains { $0.name == name } || fragment.sharedChains.contains { $0.name == name }
        }
    }

    /// Whose fragments declare this set.
    package func owners(ofSet name: String) -> [String] {
        owners { fragment in fragment.sets.contains { $0.name == name } }
    }

    /// Whose fragments have one of these elements.
    package func owners(of list: SetElements) -> [String] {
        let keys = Set(list.elements.map(\.key))
        return owners { fragment in
            fragment.elements.contains { $0.set == list.set && $0.elements.contains { keys.contains($0.key) } }
                || fragment.sharedKeys.contains { $0.set == list.set && !keys.isDisjoint(with: $0.keys) }
        }
    }

    private func owners(_ isConcerned: (Fragment) -> Bool) -> [String] {
        fragments.filter { isConcerned($0.value) }.map(\.key)
    }

    /// Makes the table anew in the place of the one that is there.
    private var remaking: TableChange {
        var change = TableChange(creating: contents)
        change.deletesTable = true
        return change
    }

    private mutating func remove(_ old: Fragment, from difference: inout TableDifference) {
        for set in old.sets { difference.remove(set) }
        for chain in old.chains { difference.remove(chain) }
        for list in old.elements { difference.remove(list) }
        for chain in old.sharedChains where release(chain.name) { difference.remove(chain) }
        for list in old.sharedKeys { difference.remove(SetElements(list.set, release(list))) }
        difference.removeDynamicValues(of: old)
    }

    private mutating func add(_ new: Fragment, of owner: String, to difference: inout TableDifference) {
        let rank: TableDifference.Rank = owner == Self.frameOwner ? .frame : .owned
        for set in new.sets { difference.add(set, rank) }
        for chain in new.chains { difference.add(chain, rank) }
        for list in new.elements { difference.add(list) }
        for chain in new.sharedChains where retain(chain.name) { difference.add(chain, .shared) }
        for list in new.sharedKeys { difference.add(SetElements(list.set, retain(list))) }
        difference.addDynamicValues(of: new)
    }

    /// - Returns: whether this was the first use.
    private mutating func retain(_ chain: String) -> Bool {
        Self.increment(&chainUses[chain, default: 0]) == 1
    }

    private static func increment(_ count: inout UInt32) -> UInt32 {
        count += 1
        return count
    }

    /// - Returns: whether this was the last use.
    private mutating func release(_ chain: String) -> Bool {
        let rest = chainUses[chain, default: 1] - 1
        chainUses[chain] = rest == 0 ? nil : rest
        return rest == 0
    }

    /// - Returns: the elements whose first use this was.
    private mutating func retain(_ list: SharedKeys) -> [Element] {
        Self.retain(list.keys, &elementUses[list.set, default: [:]])
    }

    private static func retain(_ keys: [Tuple], _ uses: inout [Tuple: UInt32]) -> [Element] {
        keys.compactMap { key in increment(&uses[key, default: 0]) == 1 ? Element(key) : nil }
    }

    /// - Returns: the elements whose last use this was.
    private mutating func release(_ list: SharedKeys) -> [Element] {
        Self.release(list.keys, &elementUses[list.set, default: [:]])
    }

    private static func release(_ keys: [Tuple], _ uses: inout [Tuple: UInt32]) -> [Element] {
        keys.compactMap { key in
            let rest = uses[key, default: 1] - 1
            uses[key] = rest == 0 ? nil : rest
            return rest == 0 ? Element(key) : nil
        }
    }

    /// The whole table, in the order in which it is printed: the frame, shared chains, then what single owners have, by
    /// name; elements by key.
    package var contents: TableContents { whole(withElements: true).contents(of: id, comment: comment) }

    private func whole(withElements: Bool) -> TableDifference {
        var difference = TableDifference()
        var shared: [String: Chain] = [:]
        for (owner, fragment) in fragments {
            let rank: TableDifference.Rank = owner == Self.frameOwner ? .frame : .owned
            for set in fragment.sets { difference.add(set, rank) }
            for chain in fragment.chains { difference.add(chain, rank) }
            for chain in fragment.sharedChains { shared[chain.name] = chain }
            difference.addDynamicValues(of: fragment)
            if withElements { for list in fragment.elements { difference.add(list) } }
        }
        for chain in shared.values { difference.add(chain, .shared) }
        // A shared element is a key alone: the same key is the same element, and carries nothing else.
        for (set, uses) in elementUses where withElements {
            difference.add(SetElements(set, uses.keys.map { Element($0) }))
        }
        return difference
    }
}
