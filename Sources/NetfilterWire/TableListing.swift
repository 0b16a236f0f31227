public import NFTables

/// A table as the kernel holds it, before it is understood: what a dump gives.
public struct TableListing: Sendable {
    /// Which table.
    public let id: TableID
    /// `NFTA_TABLE_HANDLE`.
    public let handle: UInt64
    /// `NFTA_TABLE_FLAGS`.
    public let flags: UInt32
    /// The netlink port of the only socket that may change the table (`NFTA_TABLE_OWNER`).
    public let owner: UInt32?
    /// The comment that `nft` keeps in the user data.
    public let comment: String?
    /// The sets and maps in the order in which they were made.
    public var sets: [ListedSet] = []
    /// The chains in the order in which they were made.
    public var chains: [ListedChain] = []

    /// Whether its base chains are not hooked in, so that no packet meets them.
    public var isDormant: Bool { flags & NFT_TABLE_F_DORMANT != 0 }
}

/// A set or map as the kernel holds it.
public struct ListedSet: Sendable {
    /// `NFTA_SET_NAME`.
    public let name: String
    /// `NFTA_SET_HANDLE`.
    public let handle: UInt64
    /// What it holds and how.
    public let attributes: SetAttributes
    /// Whether it has attributes that Switchyard never gives to a set, such as a timeout of its own.
    public let isForeign: Bool
    /// The elements as dumped, empty if they were not dumped.
    public var elements = ElementDump()

    /// Whether it belongs to one rule and goes with it.
    public var isAnonymous: Bool { attributes.flags & NFT_SET_ANONYMOUS != 0 }

    /// Whether its elements come and go with the packets.
    public var isDynamic: Bool { attributes.flags & NFT_SET_EVAL != 0 }
}

/// A chain as the kernel holds it.
public struct ListedChain: Sendable {
    /// Where a base chain is hooked in. The corresponding attribute is `NFTA_CHAIN_HOOK`.
    public struct Hook: Hashable, Sendable {
        /// `NFTA_CHAIN_TYPE`.
        public let type: String
        /// `NFTA_HOOK_HOOKNUM`.
        public let number: UInt32
        /// `NFTA_HOOK_PRIORITY`.
        public let priority: Int32
        /// `NFTA_CHAIN_POLICY`.
        public let policy: UInt32
    }

    /// `NFTA_CHAIN_NAME`.
    public let name: String
    /// `NFTA_CHAIN_HANDLE`.
    public let handle: UInt64
    /// Nil for a chain that is only reached by jumps.
    public let hook: Hook?
    /// The rules, in order.
    public var rules: [ListedRule] = []
}

/// A rule as the kernel holds it.
public struct ListedRule: Hashable, Sendable {
    /// `NFTA_RULE_HANDLE`.
    public let handle: UInt64
    /// `NFTA_RULE_EXPRESSIONS`.
    public let instructions: [Instruction]
    /// The comment that `nft` keeps in the user data.
    public let comment: String?
}

/// The elements of a set as the kernel dumped them, still encoded: they are many, and decoded only where they are wanted.
public struct ElementDump: Sendable {
    /// The contents of all `NFTA_SET_ELEM_LIST_ELEMENTS`, one after another.
    private(set) var bytes: [UInt8] = []

    /// No elements.
    public init() {}

    /// Adds the elements of one message of a dump.
    ///
    /// - Throws: ``WireError``.
    public mutating func append(_ message: borrowing ReceivedMessage) throws(WireError) {
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
