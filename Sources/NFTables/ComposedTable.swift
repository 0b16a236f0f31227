/// A table as the union of its owners' fragments, which finds out what a change of some of them changes in the table in
/// time proportional to those fragments, not to the table.
public struct ComposedTable: Sendable {
    /// Which table.
    public let id: TableID

    /// The table's comment.
    public let comment: String?

    /// The owner whose sets and chains come first: the frame in which all others hang.
    public static let frameOwner = ""

    private static let kernelOwner = "\u{0}kernel"

    private var fragments: [String: Fragment] = [:]
    private var chainUses: [String: Int] = [:]
    private var elementUses: [String: [Tuple: Int]] = [:]
    private var exists: Bool

    /// A table that holds what the kernel holds.
    ///
    /// The first call of ``replace(_:)`` gives the difference from that.
    ///
    /// - Parameter kernel: the table as it was read back, nil if it is not there.
    public init(_ id: TableID, comment: String?, kernel: TableContents?) {
        self.id = id
        self.comment = comment
        exists = kernel != nil
        if let kernel { fragments[Self.kernelOwner] = Fragment(kernel) }
    }

    /// Puts new fragments in the place of their owners' old ones; nil takes the old one away.
    ///
    /// - Returns: what this changes in the table.
    public mutating func replace(_ replacements: [String: Fragment?]) -> TableChange {
        var difference = TableDifference()
        if let kernel = fragments.removeValue(forKey: Self.kernelOwner) { remove(kernel, from: &difference) }
        for (owner, new) in replacements {
            let old = fragments[owner]
            if old == new { continue }
            if let old { remove(old, from: &difference) }
            if let new { add(new, of: owner, to: &difference) }
            fragments[owner] = new
        }
        var change: TableChange
        if exists, difference.needsNewTable {
            change = TableChange(creating: contents)
            change.deletesTable = true
        } else {
            change = difference.change(of: id)
            if !exists {
                change.addsTable = true
                change.comment = comment
            }
        }
        exists = true
        return change
    }

    private mutating func remove(_ old: Fragment, from difference: inout TableDifference) {
        for set in old.sets { difference.remove(set) }
        for chain in old.chains { difference.remove(chain) }
        for list in old.elements { difference.remove(list) }
        for chain in old.sharedChains where release(chain.name) { difference.remove(chain) }
        for list in old.sharedElements {
            difference.remove(SetElements(list.set, release(list)))
        }
        difference.removeDynamicValues(of: old)
    }

    private mutating func add(_ new: Fragment, of owner: String, to difference: inout TableDifference) {
        let rank: TableDifference.Rank = owner == Self.frameOwner ? .frame : .owned
        for set in new.sets { difference.add(set, rank) }
        for chain in new.chains { difference.add(chain, rank) }
        for list in new.elements { difference.add(list) }
        for chain in new.sharedChains where retain(chain.name) { difference.add(chain, .shared) }
        for list in new.sharedElements {
            difference.add(SetElements(list.set, retain(list)))
        }
        difference.addDynamicValues(of: new)
    }

    /// - Returns: whether this was the first use.
    private mutating func retain(_ chain: String) -> Bool {
        chainUses[chain, default: 0] += 1
        return chainUses[chain] == 1
    }

    /// - Returns: whether this was the last use.
    private mutating func release(_ chain: String) -> Bool {
        let rest = chainUses[chain, default: 1] - 1
        chainUses[chain] = rest == 0 ? nil : rest
        return rest == 0
    }

    /// - Returns: the elements whose first use this was.
    private mutating func retain(_ list: SetElements) -> [Element] {
        var uses = elementUses.removeValue(forKey: list.set) ?? [:]
        defer { elementUses[list.set] = uses }
        return list.elements.filter { element in
            let count = uses[element.key, default: 0] + 1
            uses[element.key] = count
            return count == 1
        }
    }

    /// - Returns: the elements whose last use this was.
    private mutating func release(_ list: SetElements) -> [Element] {
        var uses = elementUses.removeValue(forKey: list.set) ?? [:]
        defer { elementUses[list.set] = uses }
        return list.elements.filter { element in
            let rest = uses[element.key, default: 1] - 1
            uses[element.key] = rest == 0 ? nil : rest
            return rest == 0
        }
    }

    /// The whole table, in the order in which it is printed: the frame, shared chains, then what single owners have, by
    /// name; elements by key.
    public var contents: TableContents {
        var difference = TableDifference()
        var shared: [String: Chain] = [:]
        var sharedElements: [String: Set<Element>] = [:]
        for (owner, fragment) in fragments {
            let rank: TableDifference.Rank = owner == Self.frameOwner ? .frame : .owned
            for set in fragment.sets { difference.add(set, rank) }
            for chain in fragment.chains { difference.add(chain, rank) }
            for list in fragment.elements { difference.add(list) }
            difference.addDynamicValues(of: fragment)
            for chain in fragment.sharedChains { shared[chain.name] = chain }
            for list in fragment.sharedElements { sharedElements[list.set, default: []].formUnion(list.elements) }
        }
        for chain in shared.values { difference.add(chain, .shared) }
        for (set, elements) in sharedElements { difference.add(SetElements(set, Array(elements))) }
        return difference.contents(of: id, comment: comment)
    }
}
