package import NetworkValues

/// One rule: its statements from left to right, with an optional comment.
package struct Rule: Hashable, Sendable {
    /// What it does, left to right; a match that fails ends the rule.
    package var statements: [Statement]

    /// At most 128 bytes (`NFTNL_UDATA_COMMENT_MAXLEN`).
    package var comment: String?

    /// A rule of the given statements.
    package init(_ statements: Statement..., comment: String? = nil) { self.init(statements, comment: comment) }

    /// A rule of the given statements.
    package init(_ statements: [Statement], comment: String? = nil) {
        self.statements = statements
        self.comment = comment
    }
}

/// Where a base chain is hooked into the packet path. The corresponding kernel attribute is `NFTA_CHAIN_HOOK`.
package struct BaseHook: Hashable, Sendable {
    /// The chain type: what may be done in it.
    package enum ChainType: String, Hashable, Sendable {
        case filter
        case nat
        /// Like filter, at the output hook, but that a packet whose mark was changed is routed anew.
        case route
    }

    /// The chain type.
    package var type: ChainType

    /// The hook.
    package var hook: NetfilterHook

    /// Lower runs earlier; DNAT is at -100, SNAT at 100 (`enum nf_ip_hook_priorities`).
    package var priority: Int32

    /// A chain of this type at this place. Its policy is always accept.
    package init(_ type: ChainType, _ hook: NetfilterHook, priority: Int32) {
        self.type = type
        self.hook = hook
        self.priority = priority
    }
}

/// A chain and its rules, compared and replaced as one.
package struct Chain: Hashable, Sendable {
    /// Unique in the table, at most 255 bytes.
    package var name: String

    /// Nil for a chain that is only reached by jumps.
    package var hook: BaseHook?

    /// The rules, in order.
    package var rules: [Rule]

    /// A chain.
    package init(_ name: String, hook: BaseHook? = nil, rules: [Rule]) {
        self.name = name
        self.hook = hook
        self.rules = rules
    }
}

/// A named set or map without its elements. The corresponding kernel object is that of `NFT_MSG_NEWSET`.
package struct SetDeclaration: Hashable, Sendable {
    /// What the elements carry beside their key.
    package enum Contents: Hashable, Sendable {
        /// A set: nothing.
        case keysOnly
        /// A verdict map.
        case verdicts
        /// A map to values of the types of these expressions.
        case values([Expression])
    }

    /// Unique in the table, at most 255 bytes.
    package var name: String

    /// The expressions whose types are the key's; printed as `typeof`.
    package var key: [Expression]

    /// What the elements carry.
    package var contents: Contents

    /// Whether rules add elements to it, each with a timeout: `flags dynamic,timeout`.
    package var isDynamic: Bool

    /// The most elements that it can hold, or nil for no bound. A dynamic set needs one.
    package var size: UInt32?

    /// What it is for, at most 128 bytes.
    package var comment: String?

    /// A named set or map.
    package init(
        _ name: String, key: [Expression], contents: Contents = .keysOnly, isDynamic: Bool = false,
        size: UInt32? = nil, comment: String? = nil
    ) {
        self.name = name
        self.key = key
        self.contents = contents
        self.isDynamic = isDynamic
        self.size = size
        self.comment = comment
    }
}

/// An element of a named set or map.
package struct Element: Hashable, Sendable {
    /// What the element carries beside its key.
    package enum Data: Hashable, Sendable {
        case none
        case verdict(Verdict)
        case value(Tuple)
    }

    /// The key.
    package var key: Tuple

    /// The data.
    package var data: Data

    /// Who it belongs to, at most 128 bytes.
    package var comment: String?

    /// An element.
    package init(_ key: Tuple, _ data: Data = .none, comment: String? = nil) {
        self.key = key
        self.data = data
        self.comment = comment
    }
}
