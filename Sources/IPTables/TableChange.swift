/// What turns one state of our part of a table into another, in one transaction.
///
/// The order in which it is carried out: make chains, empty replaced chains, fill new and replaced chains, insert rules
/// into built-in chains, delete chains. Nothing is used before it is there nor deleted while it is used.
public struct TableChange: Hashable, Sendable {
    /// Which table.
    public var id: TableID
    /// Rules that come before all others in built-in chains, since they are not there.
    public var insertedRules: [BuiltinRules] = []
    /// Chains that are made, with their rules.
    public var addedChains: [Chain] = []
    /// Chains that are there and get these rules instead of theirs.
    public var replacedChains: [Chain] = []
    /// Chains that go, with their rules.
    public var deletedChains: [String] = []

    /// No change.
    public init(_ id: TableID) {
        self.id = id
    }

    /// Whether there is nothing to send.
    public var isEmpty: Bool {
        insertedRules.isEmpty && addedChains.isEmpty && replacedChains.isEmpty && deletedChains.isEmpty
    }
}
