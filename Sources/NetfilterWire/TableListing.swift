package import NFTables

/// A table as the kernel holds it, before it is understood: what a dump gives.
package struct TableListing: Sendable {
    /// Which table.
    package let id: TableID
    /// `NFTA_TABLE_FLAGS`.
    package let flags: UInt32
    /// The netlink port of the only socket that may change the table (`NFTA_TABLE_OWNER`).
    package let owner: UInt32?
    /// The comment that `nft` keeps in the user data.
    package let comment: String?
    /// The sets and maps in the order in which they were made.
    package var sets: [ListedSet] = []
    /// The chains in the order in which they were made.
    package var chains: [ListedChain] = []

    /// Whether its base chains are not hooked in, so that no packet meets them.
    package var isDormant: Bool { flags & NFT_TABLE_F_DORMANT != 0 }
}

/// A set or map as the kernel holds it.
package struct ListedSet: Sendable {
    /// `NFTA_SET_NAME`.
    package let name: String
    /// What it holds and how.
    package let attributes: SetAttributes
    /// Whether it has attributes that Switchyard never gives to a set, such as a timeout of its own.
    package let isForeign: Bool
    /// `NFTA_SET_COUNT`: how many elements it has, not counting one that stands for all keys; nil if the kernel does not say.
    package let elementCount: UInt32?

    /// Whether it belongs to one rule and goes with it.
    package var isAnonymous: Bool { attributes.flags & NFT_SET_ANONYMOUS != 0 }

    /// Whether its elements come and go with the packets.
    package var isDynamic: Bool { attributes.flags & NFT_SET_EVAL != 0 }
}

/// A chain as the kernel holds it.
package struct ListedChain: Sendable {
    /// Where a base chain is hooked in. The corresponding attribute is `NFTA_CHAIN_HOOK`.
    package struct Hook: Hashable, Sendable {
        /// `NFTA_CHAIN_TYPE`.
        package let type: String
        /// `NFTA_HOOK_HOOKNUM`.
        package let number: UInt32
        /// `NFTA_HOOK_PRIORITY`.
        package let priority: Int32
        /// `NFTA_CHAIN_POLICY`.
        package let policy: UInt32
    }

    /// `NFTA_CHAIN_NAME`.
    package let name: String
    /// Nil for a chain that is only reached by jumps.
    package let hook: Hook?
    /// The rules, in order.
    package var rules: [ListedRule] = []
}

/// A rule as the kernel holds it.
package struct ListedRule: Hashable, Sendable {
    /// `NFTA_RULE_HANDLE`.
    package let handle: UInt64
    /// `NFTA_RULE_EXPRESSIONS`.
    package let instructions: [Instruction]
    /// The comment that `nft` keeps in the user data.
    package let comment: String?
}

/// The elements of a set as the kernel dumped them, still encoded: they are many, and decoded only where they are wanted.
package struct ElementDump: Sendable {
    /// The contents of all `NFTA_SET_ELEM_LIST_ELEMENTS`, one after another.
    private(set) var bytes: [UInt8] = []

    /// No elements.
    package init() {}

    /// Adds the elements of one message of a dump.
    ///
    /// - Throws: ``WireError``.
    package mutating func append(_ message: borrowing ReceivedMessage) throws(WireError) {
        guard let list = try message.attributes.first(NFTA_SET_ELEM_LIST_ELEMENTS) else { return }
        bytes.append(contentsOf: list.bytes)
        // The last attribute of a message may lack its padding.
        while bytes.count & 3 != 0 { bytes.append(0) }
    }

    /// Hands out each element's attributes.
    func forEach(_ body: (AttributeReader) throws(WireError) -> Void) throws(WireError) {
        try bytes.withUnsafeBufferPointer { buffer throws(WireError) in
            var reader = AttributeReader(UnsafeRawBufferPointer(buffer))
            while let element = try reader.next() { try body(element.nested) }
        }
    }
}
