import NetfilterWire
package import NFTables

extension NetfilterSocket {
    /// How a table differs from the one that is wanted, as of one moment; nil if there is no such table.
    ///
    /// The elements of dynamic sets are left out.
    ///
    /// - Throws: ``ListingError``.
    package func deviation(from wanted: TableContents) throws(ListingError) -> TableDeviation? {
        try whileStill { () throws(ListingError) in try deviationOnce(from: wanted) }
    }

    private func deviationOnce(from wanted: TableContents) throws(ListingError) -> Attempt<TableDeviation?> {
        guard case .whole(let found) = try listOnce(wanted.id) else { return .overtaken }
        guard let listing = found else { return .whole(nil) }
        var deviation = listing.deviation(from: wanted)
        let lists = Dictionary(grouping: wanted.elements, by: \.set)
        let listed = Dictionary(listing.sets.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for index in deviation.sets.indices {
            let declaration = deviation.sets[index]
            guard let set = listed[declaration.name], set.is(declaration), !declaration.isDynamic else { continue }
            let elements = (lists[set.name] ?? []).map(\.elements)
            guard case .whole(let difference) = try compare(set, declaration, elements, of: wanted.id) else {
                return .overtaken
            }
            if let difference {
                deviation.append(difference, set.name)
            } else {
                deviation.sets[index] = .unrecognised(set.name)
            }
        }
        // The elements of sets that are not there, or have to be made anew.
        let held = Set(deviation.sets)
        for set in wanted.sets where !held.contains(set) { deviation.missing += lists[set.name] ?? [] }
        return .whole(deviation)
    }

    /// - Returns: nil if there is an element that no ``Element`` can stand for.
    private func compare(
        _ set: ListedSet, _ declaration: SetDeclaration, _ wanted: [[Element]], of table: TableID
    ) throws(ListingError) -> Attempt<ElementDeviation?> {
        if let lookup = ElementLookup(table, declaration, wanted: wanted, set, above: elementsListedMax),
            let found = try carryOut(lookup)
        {
            return .whole(found)
        }
        var listing = ElementListing(declaration, wanted: wanted)
        do throws(ListingError) {
            let isWhole = try ask(DumpRequest.elements(table, set: set.name)) { message throws(WireError) in
                try listing.append(message)
            }
            return isWhole ? .whole(listing.deviation) : .overtaken
        } catch .kernel(let failure) where failure.errno == .noSuchObject {
            // It is gone since it was listed.
            return .overtaken
        }
    }

    /// - Returns: nil if the set has other elements too.
    private func carryOut(_ lookup: ElementLookup) throws(ListingError) -> ElementDeviation? {
        var lookup = lookup
        var together = elementsAskedTogether
        var togetherMax = together
        while let question = lookup.question(of: together) {
            let end = lookup.answers + question.count
            do throws(ListingError) {
                _ = try ask(question) { message throws(WireError) in try lookup.append(message) }
                if lookup.answers < end { throw .malformed(.missing("NFT_MSG_NEWSETELEM")) }
                together = min(together * 2, togetherMax)
            } catch .kernel(let failure) where failure.errno == .noSuchObject {
                // Those before it were answered.
                lookup.noteMissing()
                together = max(together / 2, 1)
            } catch .kernel(let failure) where failure.errno == .noBufferSpace && together > 1 {
                try drain()
                togetherMax = together / 2
                together = togetherMax
            }
        }
        do throws(ListingError) {
            _ = try ask(lookup.lastQuestion) { _ in }
            return nil
        } catch .kernel(let failure) where failure.errno == .noSuchObject {
            return lookup.deviation
        }
    }

    /// Takes what is left of answers that did not all find room.
    private func drain() throws(ListingError) {
        var isEmpty = false
        while !isEmpty {
            do throws(KernelFailure) {
                isEmpty = try netlink.receive(waits: false) == nil
            } catch {
                if error.errno != .noBufferSpace { throw .kernel(error) }
            }
        }
    }
}

extension TableDeviation {
    fileprivate mutating func append(_ elements: ElementDeviation, _ set: String) {
        if !elements.unwanted.isEmpty { unwanted.append(SetElements(set, elements.unwanted)) }
        if !elements.missing.isEmpty { missing.append(SetElements(set, elements.missing)) }
    }
}
