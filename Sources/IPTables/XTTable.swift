package import NetworkValues

/// The identity of a table: those of one name and two families have nothing to do with each other.
package struct XTTableID: Hashable, Sendable, Comparable, CustomStringConvertible {
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
    package static let all = IPFamily.allCases.flatMap { family in Name.allCases.map { XTTableID(family, $0) } }

    /// `ip nat`, as nftables calls it.
    package var description: String { "\(family.nftKeyword) \(name.rawValue)" }

    /// IPv4 first, then mangle, filter, nat.
    package static func < (lhs: XTTableID, rhs: XTTableID) -> Bool {
        lhs.family != rhs.family ? lhs.family < rhs.family : lhs.place < rhs.place
    }

    private var place: Int { Name.allCases.firstIndex(of: name) ?? 0 }
}

/// A chain of our own and its rules, compared and replaced as one.
package struct XTChain: Hashable, Sendable {
    /// Unique in the table, at most 28 bytes (`XT_EXTENSION_MAXNAMELEN` with its final zero).
    package var name: String
    /// In order.
    package var rules: [XTRule]

    /// A chain.
    package init(_ name: String, rules: [XTRule] = []) {
        self.name = name
        self.rules = rules
    }
}

/// Our rules in a built-in chain, which other people's rules share.
package struct BuiltinRules: Hashable, Sendable {
    /// The hook whose chain it is.
    package var hook: NetfilterHook
    /// Our rules, in order.
    package var rules: [XTRule]

    /// Rules in a built-in chain.
    package init(_ hook: NetfilterHook, _ rules: [XTRule]) {
        self.hook = hook
        self.rules = rules
    }
}

/// All that is ours in a table.
package struct XTTableContents: Hashable, Sendable {
    /// Which table.
    package var id: XTTableID
    /// Our rules in the built-in chains.
    package var builtinRules: [BuiltinRules]
    /// Our chains, sorted by name, as `iptables-save` lists them.
    package var chains: [XTChain]

    /// A table.
    package init(_ id: XTTableID, builtinRules: [BuiltinRules] = [], chains: [XTChain] = []) {
        self.id = id
        self.builtinRules = builtinRules
        self.chains = chains
    }
}
