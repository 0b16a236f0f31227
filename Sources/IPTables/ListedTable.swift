public import NetworkValues

/// A table as the kernel holds it, in the words of what is wanted: other people's chains and rules included, which are
/// known by what they lead to only.
public struct ListedTable: Hashable, Sendable {
    /// A rule.
    public struct Rule: Hashable, Sendable {
        /// The kernel's number for it, which stays as long as the rule does.
        public var handle: UInt64
        /// The wanted rule of the same chain that it is, nil if it is none.
        public var wanted: IPTables.Rule?
        /// The chain that it leads to.
        public var jump: String?
        /// Its comment.
        public var comment: String?

        /// What packets are addressed to that match it; nil if it asks for no port.
        public var place: FlowPlace?

        /// A rule.
        public init(
            handle: UInt64, wanted: IPTables.Rule? = nil, jump: String? = nil, comment: String? = nil,
            place: FlowPlace? = nil
        ) {
            self.handle = handle
            self.wanted = wanted
            self.jump = jump
            self.comment = comment
            self.place = place
        }
    }

    /// Which table.
    public var id: TableID
    /// Whether its built-in chains are not hooked in, so that no packet meets them (nftables' flag `dormant`).
    public var isDormant = false
    /// The built-in chains that there are; the tools make each only when it is needed.
    public var builtins: [BuiltinChain: [Rule]] = [:]
    /// All other chains.
    public var chains: [String: [Rule]] = [:]

    /// A table in which nothing is.
    public init(_ id: TableID) {
        self.id = id
    }

    /// The chains that these rules lead to, and those that rules of those lead to, and so on.
    ///
    /// - Parameter replaced: Chains whose rules do not count, since they get others.
    func reachable(from rules: some Sequence<Rule>, replaced: Set<String> = []) -> Set<String> {
        var found: Set<String> = []
        var open = rules.compactMap(\.jump)
        while let next = open.popLast() {
            guard found.insert(next).inserted, !replaced.contains(next) else { continue }
            open += (chains[next] ?? []).compactMap(\.jump)
        }
        return found
    }
}
