package import NFTables

extension TableDeviation {
    /// How a table that is known as a whole differs from the one that is wanted.
    package init(of held: TableContents, from wanted: TableContents) {
        self.init(held.id)
        isDormant = held.isDormant
        sets = held.sets
        chains = held.chains
        let (before, after) = (Self.elements(held), Self.elements(wanted))
        for set in wanted.sets.map(\.name) {
            let old = held.sets.contains { $0.name == set } ? before[set] ?? [] : []
            let new = after[set] ?? []
            let (gone, added) = (old.subtracting(new), new.subtracting(old))
            if !gone.isEmpty { unwanted.append(SetElements(set, Array(gone))) }
            if !added.isEmpty { missing.append(SetElements(set, Array(added))) }
        }
    }

    private static func elements(_ table: TableContents) -> [String: Set<Element>] {
        Dictionary(table.elements.map { ($0.set, Set($0.elements)) }, uniquingKeysWith: { $0.union($1) })
    }
}
