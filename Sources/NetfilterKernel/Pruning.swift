import NetfilterWire
package import NFTables

/// Why stale elements could not be deleted.
package enum PruningError: Error, Hashable, CustomStringConvertible {
    /// The elements could not be read.
    case listing(ListingError)
    /// The elements could not be deleted.
    case commit(CommitError)

    /// One line.
    package var description: String {
        switch self {
        case .listing(let error): error.description
        case .commit(let error): error.description
        }
    }
}

extension NetfilterSocket {
    /// Deletes the elements of dynamic sets and maps that have other values than those that may stay, and those that were
    /// last used longer ago than they may live; others that would live for too long are given the time that is left.
    ///
    /// This comes after the commit that took the rules away which made such elements, so that there can be no new ones.
    /// A map that is not there has none.
    ///
    /// - Returns: how many elements were found and changed.
    /// - Throws: ``PruningError``.
    @discardableResult
    package func prune(_ maps: [DynamicMapValues], of id: TableID) throws(PruningError) -> Int {
        if maps.isEmpty { return 0 }
        let allowed = Dictionary(maps.map { ($0.map, $0) }, uniquingKeysWith: { first, _ in first })
        let sets: [ListedSet]
        do throws(ListingError) {
            sets = try self.sets(of: id)
        } catch {
            throw .listing(error)
        }
        var count = 0
        for set in sets where set.isDynamic {
            if let allowed = allowed[set.name] { count += try prune(set, of: id, allowed: allowed) }
        }
        return count
    }

    /// An element may expire between being seen and being deleted. Linux 6.3 and later do not mind; on an older kernel
    /// the whole deletion fails, and is tried again with what is there then.
    private func prune(_ set: ListedSet, of id: TableID, allowed: DynamicMapValues) throws(PruningError) -> Int {
        var count = 0
        for attempt in 1...pruningAttemptsMax {
            let (corrections, isWhole) = try corrections(set, of: id, allowed: allowed)
            do throws(CommitError) {
                count += try carryOut(corrections, set.name, of: id)
            } catch {
                if error.first.errno != .noSuchObject || attempt == pruningAttemptsMax { throw .commit(error) }
                continue
            }
            if isWhole { break }
        }
        return count
    }

    private func corrections(
        _ set: ListedSet, of id: TableID, allowed: DynamicMapValues
    ) throws(PruningError) -> (corrections: ElementCorrections, isWhole: Bool) {
        do throws(ListingError) {
            let (dump, isWhole) = try elements(of: set.name, in: id)
            do throws(WireError) {
                return (try set.corrections(of: dump, allowed: allowed), isWhole)
            } catch {
                throw ListingError.malformed(error)
            }
        } catch {
            throw .listing(error)
        }
    }

    private func carryOut(
        _ corrections: ElementCorrections, _ set: String, of id: TableID
    ) throws(CommitError) -> Int {
        if !corrections.deleted.isEmpty { try delete(SetElements(set, corrections.deleted), of: id) }
        var rest = corrections.shortened[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(shortenedTogetherMax))
            rest = rest.dropFirst(part.count)
            let keys = SetElements(set, part.map { Element($0.element.key) })
            do throws(CommitError) {
                try delete(keys, of: id, then: .addLeasedElements(id, set: set, part))
            } catch {
                // What is deleted counts until the transaction is over: a set that is full forgets some clients.
                guard error.first.errno == .setFull else { throw error }
                try delete(keys, of: id)
            }
        }
        return corrections.deleted.count + corrections.shortened.count
    }

    private func delete(
        _ elements: SetElements, of id: TableID, then next: BatchOperation? = nil
    ) throws(CommitError) {
        let others = next.map { [$0] } ?? []
        if destroysElements {
            do throws(CommitError) {
                return try commit(Batch(operations: [.destroyElements(id, elements)] + others))
            } catch {
                // A kernel before 6.3 does not know the message type (nfnetlink_rcv_batch).
                guard error.first.errno == .invalid else { throw error }
                destroysElements = false
            }
        }
        try commit(Batch(operations: [.deleteElements(id, elements)] + others))
    }
}

/// How often elements are deleted that may expire at the same time.
private let pruningAttemptsMax = 16

/// How many elements get another time in one transaction.
private let shortenedTogetherMax = 4096
