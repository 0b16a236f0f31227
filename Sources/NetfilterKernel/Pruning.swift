public import NFTables
import NetfilterWire

/// Why stale elements could not be deleted.
public enum PruningError: Error, Hashable, CustomStringConvertible {
    /// The elements could not be read.
    case listing(ListingError)
    /// The elements could not be deleted.
    case commit(CommitError)

    /// One line.
    public var description: String {
        switch self {
        case .listing(let error): error.description
        case .commit(let error): error.description
        }
    }
}

extension NetfilterSocket {
    /// Deletes the elements of dynamic maps that have other values than those that may stay.
    ///
    /// This comes after the commit that took the rules away which made such elements, so that there can be no new ones.
    /// A map that is not there has none.
    ///
    /// - Returns: how many elements were found and deleted.
    /// - Throws: ``PruningError``.
    @discardableResult
    public func prune(_ maps: [DynamicMapValues], of id: TableID) throws(PruningError) -> Int {
        if maps.isEmpty { return 0 }
        let allowed = Dictionary(maps.map { ($0.map, Set($0.values)) }, uniquingKeysWith: { $0.union($1) })
        let sets: [ListedSet]
        do throws(ListingError) {
            sets = try self.sets(of: id)
        } catch {
            throw .listing(error)
        }
        var count = 0
        for set in sets where set.isDynamic {
            if let values = allowed[set.name] { count += try prune(set, of: id, allowed: values) }
        }
        return count
    }

    /// An element may expire between being seen and being deleted. Linux 6.3 and later do not mind; on an older kernel
    /// the whole deletion fails, and is tried again with what is there then.
    private func prune(_ set: ListedSet, of id: TableID, allowed: Set<Tuple>) throws(PruningError) -> Int {
        var count = 0
        for attempt in 1...pruningAttemptsMax {
            let (stale, isWhole) = try stale(set, of: id, allowed: allowed)
            if !stale.isEmpty {
                do throws(CommitError) {
                    try delete(SetElements(set.name, stale), of: id)
                    count += stale.count
                } catch {
                    if error.first.errno != .noSuchObject || attempt == pruningAttemptsMax { throw .commit(error) }
                    continue
                }
            }
            if isWhole { break }
        }
        return count
    }

    private func stale(
        _ set: ListedSet, of id: TableID, allowed: Set<Tuple>
    ) throws(PruningError) -> (elements: [Element], isWhole: Bool) {
        do throws(ListingError) {
            let (dump, isWhole) = try elements(of: set.name, in: id)
            do throws(WireError) {
                return (try set.stale(in: dump, allowed: allowed), isWhole)
            } catch {
                throw ListingError.malformed(error)
            }
        } catch {
            throw .listing(error)
        }
    }

    private func delete(_ elements: SetElements, of id: TableID) throws(CommitError) {
        if destroysElements {
            do throws(CommitError) {
                return try commit(Batch(operations: [.destroyElements(id, elements)]))
            } catch {
                // A kernel before 6.3 does not know the message type (nfnetlink_rcv_batch).
                guard error.first.errno == .invalid else { throw error }
                destroysElements = false
            }
        }
        try commit(Batch(operations: [.deleteElements(id, elements)]))
    }
}

/// How often elements are deleted that may expire at the same time.
private let pruningAttemptsMax = 16
