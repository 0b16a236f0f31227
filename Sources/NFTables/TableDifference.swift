/// What goes out of a table and what comes into it, before the two are set against each other.
struct TableDifference {
    /// The order of sets and chains in a table.
    enum Rank: Int, Comparable {
        case frame
        case shared
        case owned

        static func < (lhs: Rank, rhs: Rank) -> Bool { lhs.rawValue < rhs.rawValue }
    }

    private struct Added<Value> {
        let value: Value
        let rank: Rank
        let index: Int
    }

    private var removedSets: [String: SetDeclaration] = [:]
    private var addedSets: [Added<SetDeclaration>] = []
    private var removedChains: [String: Chain] = [:]
    private var addedChains: [Added<Chain>] = []
    private var removedElements: [String: [Element]] = [:]
    /// As many lists as were added: they are not joined unless that is needed, since they may be all of a table.
    private var addedElements: [String: [[Element]]] = [:]
    private var removedValues: [String: DynamicMapValues] = [:]
    private var addedValues: [String: DynamicMapValues] = [:]
    private var checksAllValues = false

    mutating func remove(_ set: SetDeclaration) { removedSets[set.name] = set }
    mutating func remove(_ chain: Chain) { removedChains[chain.name] = chain }
    mutating func remove(_ list: SetElements) { removedElements[list.set, default: []] += list.elements }

    mutating func add(_ set: SetDeclaration, _ rank: Rank) {
        addedSets.append(Added(value: set, rank: rank, index: addedSets.count))
    }

    mutating func add(_ chain: Chain, _ rank: Rank) {
        addedChains.append(Added(value: chain, rank: rank, index: addedChains.count))
    }

    mutating func add(_ list: SetElements) {
        if !list.elements.isEmpty { addedElements[list.set, default: []].append(list.elements) }
    }

    mutating func removeDynamicValues(of fragment: Fragment) {
        for list in fragment.dynamicValues { removedValues[list.map] = list }
    }

    /// Nobody knows what rules have put into the maps that are there.
    mutating func removeUnknownDynamicValues() { checksAllValues = true }

    mutating func addDynamicValues(of fragment: Fragment) {
        for list in fragment.dynamicValues { addedValues[list.map] = list }
    }

    /// A set cannot be changed once it is made, nor can the hook of a base chain: the table must be made anew.
    var needsNewTable: Bool {
        addedSets.contains { new in removedSets[new.value.name].map { $0 != new.value } ?? false }
            || addedChains.contains { new in removedChains[new.value.name].map { $0.hook != new.value.hook } ?? false }
    }

    func change(of id: TableID) -> TableChange {
        var change = TableChange(id)
        let sets = Self.ordered(addedSets, by: \.name)
        let chains = Self.ordered(addedChains, by: \.name)
        change.addedSets = sets.filter { removedSets[$0.name] == nil }
        change.deletedSets = Set(removedSets.keys).subtracting(sets.map(\.name)).sorted()
        change.addedChains = chains.filter { removedChains[$0.name] == nil }
        change.replacedChains = chains.filter { new in removedChains[new.name].map { $0 != new } ?? false }
        change.deletedChains = Set(removedChains.keys).subtracting(chains.map(\.name)).sorted()
        let gone = Set(change.deletedSets)
        for set in Set(removedElements.keys).union(addedElements.keys).sorted() {
            let lists = addedElements[set] ?? []
            guard let removed = removedElements[set], !removed.isEmpty else {
                change.addedElements += lists.map { SetElements(set, $0) }
                continue
            }
            let (deleted, added) = Self.cancel(removed, Array(lists.joined()))
            // The elements of a set that goes away go with it.
            if !deleted.isEmpty && !gone.contains(set) { change.deletedElements.append(SetElements(set, deleted)) }
            if !added.isEmpty { change.addedElements.append(SetElements(set, added)) }
        }
        change.prunedMaps = prunedMaps(among: sets.filter { removedSets[$0.name] != nil })
        return change
    }

    /// Maps that stay, and may hold values that are no longer allowed.
    private func prunedMaps(among staying: [SetDeclaration]) -> [DynamicMapValues] {
        staying.filter(\.isDynamic).compactMap { set in
            guard let allowed = addedValues[set.name] else { return nil }
            let mustLook = removedValues[set.name].map { !allowed.admits(all: $0) } ?? checksAllValues
            return mustLook ? allowed : nil
        }
    }

    func contents(of id: TableID, comment: String?) -> TableContents {
        var contents = TableContents(id, comment: comment)
        contents.sets = Self.ordered(addedSets, by: \.name)
        contents.chains = Self.ordered(addedChains, by: \.name)
        contents.elements = addedElements.sorted { $0.key < $1.key }.map { set, lists in
            SetElements(set, lists.joined().sorted { $0.key < $1.key })
        }
        contents.dynamicValues = addedValues.values.sorted { $0.map < $1.map }
        return contents
    }

    /// Takes out what is on both sides.
    private static func cancel(_ removed: [Element], _ added: [Element]) -> (deleted: [Element], added: [Element]) {
        if added.isEmpty { return (removed, added) }
        // The places of the elements rather than the elements, of which a table read back may have 100,000.
        var places: [Tuple: Int32] = [:]
        places.reserveCapacity(removed.count)
        for index in removed.indices { places[removed[index].key] = Int32(index) }
        var isKept = [Bool](repeating: false, count: removed.count)
        let new = added.filter { element in
            guard let place = places[element.key].map(Int.init), removed[place] == element else { return true }
            isKept[place] = true
            return false
        }
        return (removed.indices.filter { !isKept[$0] }.map { removed[$0] }, new)
    }

    /// The frame in its own order, then the others by name, numbers in names by value.
    private static func ordered<Value>(_ added: [Added<Value>], by name: KeyPath<Value, String>) -> [Value] {
        added.sorted { left, right in
            if left.rank != right.rank { return left.rank < right.rank }
            if left.rank == .frame { return left.index < right.index }
            return naturallyPrecedes(left.value[keyPath: name], right.value[keyPath: name])
        }
        .map(\.value)
    }
}

/// Compares as text, but runs of digits by their value: `pick-2` before `pick-10`.
func naturallyPrecedes(_ left: String, _ right: String) -> Bool {
    var (left, right) = (left.utf8[...], right.utf8[...])
    let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
    while let first = left.first, let second = right.first {
        let (digits, others) = (left.prefix(while: isDigit), right.prefix(while: isDigit))
        if digits.isEmpty || others.isEmpty {
            if first != second { return first < second }
            (left, right) = (left.dropFirst(), right.dropFirst())
        } else {
            if digits.count != others.count { return digits.count < others.count }
            if !digits.elementsEqual(others) { return digits.lexicographicallyPrecedes(others) }
            (left, right) = (left.dropFirst(digits.count), right.dropFirst(others.count))
        }
    }
    return left.isEmpty && !right.isEmpty
}
