package import NetworkValues

/// What turns one state of our part of a table into another, in one transaction.
///
/// The order in which it is carried out: wake the table, make chains, empty replaced chains, delete single rules, fill chains, insert rules
/// into built-in chains, delete chains. Nothing is used before it is there nor deleted while it is used.
package struct XTTableChange: Hashable, Sendable {
    /// A rule that is known by its number alone.
    package struct ListedRule: Hashable, Sendable {
        /// The chain that it is in.
        package var chain: String
        /// The kernel's number for it.
        package var handle: UInt64

        /// A rule of this number.
        package init(chain: String, handle: UInt64) {
            self.chain = chain
            self.handle = handle
        }
    }

    /// Which table.
    package var id: XTTableID
    /// Whether the table that is there is dormant and must not be.
    package var wakesTable = false
    /// Built-in chains that are made, since they are not there.
    package var addedBuiltins: [NetfilterHook] = []
    /// Rules that come before all others in built-in chains, since they are not there.
    package var insertedRules: [BuiltinRules] = []
    /// Chains that are made, with their rules.
    package var addedChains: [XTChain] = []
    /// Chains that are there and get these rules instead of theirs.
    package var replacedChains: [XTChain] = []
    /// Chains that are there and get these rules after those that they have.
    package var extendedChains: [XTChain] = []
    /// Single rules that go.
    package var deletedRules: [ListedRule] = []
    /// Chains that go, with their rules.
    package var deletedChains: [String] = []

    /// No change.
    package init(_ id: XTTableID) {
        self.id = id
    }

    /// Whether there is nothing to send.
    package var isEmpty: Bool { self == XTTableChange(id) }

    /// Whether there is anything to make, so that the table has to be there.
    package var makesSomething: Bool {
        !(addedBuiltins.isEmpty && insertedRules.isEmpty && addedChains.isEmpty && replacedChains.isEmpty
            && extendedChains.isEmpty)
    }
}
