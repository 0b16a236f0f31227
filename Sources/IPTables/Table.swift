package import NetworkValues

/// The identity of a table: those of one name and two families have nothing to do with each other.
package struct TableID: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The tables that there are.
    package enum Name: String, Hashable, Sendable, CaseIterable {
        case mangle
        case filter
        case nat
    }

    /// `iptables` or `ip6tables`.
    package var family: IPFamily
    /// Which of them.
    package var name: Name

    /// The table of this family and name.
    package init(_ family: IPFamily, _ name: Name) {
        self.family = family
        self.name = name
    }

    /// All that there are.
    package static let all = IPFamily.allCases.flatMap { family in Name.allCases.map { TableID(family, $0) } }

    /// `ip nat`, as nftables calls it.
    package var description: String { "\(family.nftKeyword) \(name.rawValue)" }

    /// IPv4 first, then mangle, filter, nat.
    package static func < (lhs: TableID, rhs: TableID) -> Bool {
        lhs.family != rhs.family ? lhs.family < rhs.family : lhs.place < rhs.place
    }

    private var place: Int { Name.allCases.firstIndex(of: name) ?? 0 }
}

/// A chain of our own and its rules, compared and replaced as one.
package struct Chain: Hashable, Sendable {
    /// Unique in the table, at most 28 bytes (`XT_EXTENSION_MAXNAMELEN` with its final zero).
    package var name: String
    /// In order.
    package var rules: [Rule]

    /// A chain.
    package init(_ name: String, rules: [Rule] = []) {
        self.name = name
        self.rules = rules
    }
}

/// Our rules in a built-in chain, which other people's rules share.
package struct BuiltinRules: Hashable, Sendable {
    /// The hook whose chain it is.
    package var hook: NetfilterHook
    /// Our rules, in order.
    package var rules: [Rule]

    /// Rules in a built-in chain.
    package init(_ hook: NetfilterHook, _ rules: [Rule]) {
        self.hook = hook
        self.rules = rules
    }
}

/// All that is ours in a table.
package struct TableContents: Hashable, Sendable {
    /// Which table.
    package var id: TableID
    /// Our rules in the built-in chains.
    package var builtinRules: [BuiltinRules]
    /// Our chains, sorted by name, as `iptables-save` lists them.
    package var chains: [Chain]

    /// A table.
    package init(_ id: TableID, builtinRules: [BuiltinRules] = [], chains: [Chain] = []) {
        self.id = id
        self.builtinRules = builtinRules
        self.chains = chains
    }
}
