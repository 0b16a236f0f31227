extension TableChange {
    /// What the change would delete, from the table that the kernel holds, without putting something else in its place.
    ///
    /// Chains and keys count as shared, since others may come to need the same ones.
    package func leftovers(in kernel: TableDeviation) -> Fragment {
        var leftovers = Fragment()
        let added = SetElements.keys(addedElements)
        for list in deletedElements {
            let rest = list.elements.filter { added[list.set]?.contains($0.key) != true }
            let isKeys = rest.allSatisfy { $0.data == .none && $0.comment == nil }
            if rest.isEmpty { continue }
            if isKeys {
                leftovers.sharedKeys.append(SharedKeys(list.set, rest.map(\.key)))
            } else {
                leftovers.elements.append(SetElements(list.set, rest))
            }
        }
        leftovers.sharedChains = kernel.chains.filter { deletedChains.contains($0.name) }
        leftovers.sets = kernel.sets.filter { deletedSets.contains($0.name) }
        return leftovers
    }

    /// The change, except that it deletes nothing of this.
    package func sparing(_ leftovers: Fragment) -> TableChange {
        var change = self
        var spared = SetElements.keys(leftovers.elements)
        for list in leftovers.sharedKeys { spared[list.set, default: []].formUnion(list.keys) }
        let added = SetElements.keys(addedElements)
        change.deletedElements = deletedElements.compactMap { list in
            let rest = list.elements.filter {
                spared[list.set]?.contains($0.key) != true || added[list.set]?.contains($0.key) == true
            }
            return rest.isEmpty ? nil : SetElements(list.set, rest)
        }
        let chains = Set(leftovers.sharedChains.map(\.name))
        change.deletedChains.removeAll(where: chains.contains)
        let sets = Set(leftovers.sets.map(\.name))
        change.deletedSets.removeAll(where: sets.contains)
        return change
    }
}

extension SetElements {
    /// The keys of elements, by set.
    static func keys(_ lists: [SetElements]) -> [String: Set<Tuple>] {
        Dictionary(lists.map { ($0.set, Set($0.elements.map(\.key))) }, uniquingKeysWith: { $0.union($1) })
    }
}
