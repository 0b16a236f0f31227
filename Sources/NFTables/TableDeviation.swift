/// How a table that the kernel holds differs from the one that is wanted: what has to be known to turn one into the other.
///
/// The sets and chains are few, and all of them are here. Of the elements, which may be a million, only those that are not
/// as wanted.
package struct TableDeviation: Hashable, Sendable {
    /// Which table.
    package let id: TableID

    /// Whether its base chains are not hooked in; see ``TableContents/isDormant``.
    package var isDormant = false

    /// The sets and maps that are there. One that is not as wanted has a declaration that nobody wants.
    package var sets: [SetDeclaration] = []

    /// The chains that are there. One that is not as wanted has rules that nobody wants.
    package var chains: [Chain] = []

    /// Elements that are there in sets that are as wanted, but that are not wanted as they are.
    package var unwanted: [SetElements] = []

    /// Elements that are wanted, but that are not there as they are wanted.
    package var missing: [SetElements] = []

    package init(_ id: TableID) { self.id = id }

    /// All elements that are there in sets that are as wanted.
    ///
    /// - Parameter wanted: The table from which this is how the kernel's deviates.
    package func held(_ wanted: TableContents) -> [SetElements] {
        let missing = SetElements.keys(missing)
        let present = wanted.elements.map { list in
            SetElements(list.set, list.elements.filter { missing[list.set]?.contains($0.key) != true })
        }
        return unwanted + present
    }
}
