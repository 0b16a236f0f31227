package import IPTables
import NetfilterWire
import NFTables

extension NetfilterSocket {
    /// A table of `iptables-nft` as the kernel holds it, in the words of what is wanted; without anything if it is not
    /// there.
    ///
    /// - Throws: ``ListingError``.
    package func readTable(matching desired: XTTableContents) throws(ListingError) -> ListedTable {
        try list(table: TableID(desired.id))?.matched(against: desired) ?? ListedTable(desired.id)
    }

    /// Carries out all the changes in one transaction: all of it takes effect at once, or none of it.
    ///
    /// - Parameter generation: The one from which they were worked out; nil if they are right in any.
    /// - Throws: ``CommitError`` with everything that the kernel found wrong.
    package func commit(_ changes: [XTTableChange], generation: UInt32? = nil) throws(CommitError) {
        try commit(Batch(changes, generation: generation))
    }
}
