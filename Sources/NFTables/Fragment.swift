/// What one owner, such as a Service, puts into a table.
///
/// A table is the union of its fragments, so that a change of one owner is found by looking at that owner alone. Most of
/// a fragment belongs to its owner only; what several owners may need in exactly the same form is shared, and stays for
/// as long as one of them does.
package struct Fragment: Hashable, Sendable {
    /// Sets and maps of this owner alone, in the order in which they are printed.
    package var sets: [SetDeclaration] = []

    /// Chains of this owner alone, in the order in which they are printed.
    package var chains: [Chain] = []

    /// Elements whose keys no other owner has.
    package var elements: [SetElements] = []

    /// Chains that other owners may have too; the same name means the same chain, and each is listed once.
    package var sharedChains: [Chain] = []

    /// Keys of sets that other owners may have too.
    package var sharedKeys: [SharedKeys] = []

    /// The values that may stay in this owner's dynamic maps.
    package var dynamicValues: [DynamicMapValues] = []

    /// Nothing.
    package init() {}
}

/// Keys of one named set that several owners may have.
package struct SharedKeys: Hashable, Sendable {
    /// The set's name.
    package var set: String

    /// The keys, each once.
    package var keys: [Tuple]

    /// Keys of the named set.
    package init(_ set: String, _ keys: [Tuple]) {
        self.set = set
        self.keys = keys
    }
}
