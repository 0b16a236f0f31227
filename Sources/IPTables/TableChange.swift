/// What turns one state of our part of a table into another, in one transaction.
///
/// The order in which it is carried out: wake the table, make chains, empty replaced chains, delete single rules, fill chains, insert rules
/// into built-in chains, delete chains. Nothing is used before it is there nor deleted while it is used.
public struct TableChange: Hashable, Sendable {
    /// A rule that is known by its number alone.
    public struct ListedRule: Hashable, Sendable {
        /// The chain that it is in.
        public var chain: String
        /// The kernel's number for it.
        public var handle: UInt64

        /// A rule of this number.
        public init(chain: String, handle: UInt64) {
            self.chain = chain
            self.handle = handle
        }
    }

    /// Which table.
    public var id: TableID
    /// Whether the table that is there is dormant and must not be.
    public var wakesTable = false
    /// Built-in chains that are made, since they are not there.
    public var addedBuiltins: [BuiltinChain] = []
    /// Rules that come before all others in built-in chains, since they are not there.
    public var insertedRules: [BuiltinRules] = []
    /// Chains that are made, with their rules.
    public var addedChains: [Chain] = []
    /// Chains that are there and get these rules instead of theirs.
    public var replacedChains: [Chain] = []
    /// Chains that are there and get these rules after those that they have.
    public var extendedChains: [Chain] = []
    /// Single rules that go.
    public var deletedRules: [ListedRule] = []
    /// Chains that go, with their rules.
    public var deletedChains: [String] = []

    /// No change.
    public init(_ id: TableID) {
        self.id = id
    }

    /// Whether there is nothing to send.
    public var isEmpty: Bool { self == TableChange(id) }

    /// Whether there is anything to make, so that the table has to be there.
    public var makesSomething: Bool {
        !(addedBuiltins.isEmpty && insertedRules.isEmpty && addedChains.isEmpty && replacedChains.isEmpty
            && extendedChains.isEmpty)
    }
}
