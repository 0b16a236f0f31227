package import NetworkValues

/// A table as the kernel holds it, in the words of what is wanted: other people's chains and rules included, which are
/// known by what they lead to only.
package struct ListedTable: Hashable, Sendable {
    /// A rule.
    package struct Rule: Hashable, Sendable {
        /// The kernel's number for it, which stays as long as the rule does.
        package var handle: UInt64
        /// The wanted rule of the same chain that it is, nil if it is none.
        package var wanted: XTRule?
        /// The chain that it leads to.
        package var jump: String?
        /// Its comment.
        package var comment: String?

        /// What packets are addressed to that match it; nil if it asks for no port.
        package var place: FlowPlace?

        /// A rule.
        package init(
            handle: UInt64, wanted: XTRule? = nil, jump: String? = nil, comment: String? = nil,
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
    package var id: XTTableID
    /// Whether its built-in chains are not hooked in, so that no packet meets them (nftables' flag `dormant`).
    package var isDormant = false
    /// The built-in chains that there are; the tools make each only when it is needed.
    package var builtins: [NetfilterHook: [Rule]] = [:]
    /// All other chains.
    package var chains: [String: [Rule]] = [:]

    /// A table in which nothing is.
    package init(_ id: XTTableID) {
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
