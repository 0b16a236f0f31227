import NetworkValues
package import NFTables

extension ReceivedMessage {
    /// Whether the dump that this message is of was overtaken by a change, and must be made again.
    package var isInterrupted: Bool { flags & NLM_F_DUMP_INTR != 0 }

    /// The generation in the answer to ``DumpRequest/generation``.
    package func generation() throws(WireError) -> UInt32 {
        guard let number: UInt32 = try attributes.first(NFTA_GEN_ID)?.number() else { throw .missing("NFTA_GEN_ID") }
        return number
    }

    /// Whether the object is of this table.
    fileprivate func belongs(to id: TableID) throws(WireError) -> Bool {
        // NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE, NFTA_SET_TABLE and NFTA_SET_ELEM_LIST_TABLE.
        guard family == id.family.protocolFamily else { return false }
        return try attributes.first(NFTA_TABLE_NAME)?.string == id.name
    }

    fileprivate func required(_ type: UInt16, _ name: String) throws(WireError) -> Attribute {
        guard let attribute = try attributes.first(type) else { throw .missing(name) }
        return attribute
    }
}

extension TableListing {
    /// The table without its contents, from the answer to ``DumpRequest/table(_:)``; nil if it is another one.
    package init?(_ id: TableID, _ message: ReceivedMessage) throws(WireError) {
        guard message.type == NFT_MSG_NEWTABLE, try message.belongs(to: id) else { return nil }
        self.id = id
        flags = try message.attributes.first(NFTA_TABLE_FLAGS)?.number() ?? 0
        owner = try message.attributes.first(NFTA_TABLE_OWNER)?.number(UInt32.self)
        comment = try message.attributes.first(NFTA_TABLE_USERDATA).flatMap { UserData.comment(in: $0.bytes) }
    }

    /// Adds a chain from the answer to ``DumpRequest/chains(_:)``, if it is of this table.
    package mutating func appendChain(_ message: ReceivedMessage) throws(WireError) {
        guard message.type == NFT_MSG_NEWCHAIN, try message.belongs(to: id) else { return }
        chains.append(
            ListedChain(
                name: try message.required(NFTA_CHAIN_NAME, "NFTA_CHAIN_NAME").string,
                hook: try message.attributes.first(NFTA_CHAIN_HOOK).map { attribute throws(WireError) in
                    try ListedChain.Hook(attribute, in: message)
                }))
    }
}

extension ListedSet {
    /// A set without its elements, from the answer to ``DumpRequest/sets(_:)``; nil if it is of another table.
    package init?(_ message: ReceivedMessage, of id: TableID) throws(WireError) {
        guard message.type == NFT_MSG_NEWSET, try message.belongs(to: id) else { return nil }
        var attributes = SetAttributes()
        isForeign = try attributes.read(message.attributes)
        self.attributes = attributes
        name = try message.required(NFTA_SET_NAME, "NFTA_SET_NAME").string
        elementCount = try message.attributes.first(NFTA_SET_COUNT)?.number(UInt32.self)
    }
}

/// Adds rules to the chains of a listing.
package struct RuleCollector {
    private let id: TableID
    private var rules: [String: [ListedRule]] = [:]

    /// For the rules of this table.
    package init(_ id: TableID) { self.id = id }

    /// Takes a rule from the answer to ``DumpRequest/rules(_:)``, if it is of the table.
    package mutating func append(_ message: ReceivedMessage) throws(WireError) {
        guard message.type == NFT_MSG_NEWRULE, try message.belongs(to: id) else { return }
        let chain = try message.required(NFTA_RULE_CHAIN, "NFTA_RULE_CHAIN").string
        var instructions: [Instruction] = []
        if var expressions = try message.attributes.first(NFTA_RULE_EXPRESSIONS)?.nested {
            while let expression = try expressions.next() { instructions.append(try Instruction(expression)) }
        }
        if let compat = try message.attributes.first(NFTA_RULE_COMPAT) {
            instructions.append(.unknown("NFTA_RULE_COMPAT", Array(compat.bytes)))
        }
        let userData = try message.attributes.first(NFTA_RULE_USERDATA)?.bytes
        let comment = userData.flatMap { UserData.comment(in: $0) }
        if let userData, comment == nil { instructions.append(.unknown("NFTA_RULE_USERDATA", Array(userData))) }
        let handle: UInt64 = try message.required(NFTA_RULE_HANDLE, "NFTA_RULE_HANDLE").number()
        rules[chain, default: []].append(ListedRule(handle: handle, instructions: instructions, comment: comment))
    }

    /// Puts the rules into the listing's chains.
    package func fill(_ listing: inout TableListing) {
        for index in listing.chains.indices { listing.chains[index].rules = rules[listing.chains[index].name] ?? [] }
    }
}

extension ListedChain.Hook {
    fileprivate init(_ hook: Attribute, in message: ReceivedMessage) throws(WireError) {
        guard let number: UInt32 = try hook.nested.first(NFTA_HOOK_HOOKNUM)?.number(),
            let priority: Int32 = try hook.nested.first(NFTA_HOOK_PRIORITY)?.number()
        else { throw .missing("NFTA_HOOK_HOOKNUM or NFTA_HOOK_PRIORITY") }
        self.number = number
        self.priority = priority
        type = try message.required(NFTA_CHAIN_TYPE, "NFTA_CHAIN_TYPE").string
        policy = try message.required(NFTA_CHAIN_POLICY, "NFTA_CHAIN_POLICY").number()
    }
}

extension SetAttributes {
    /// Reads the attributes of a set.
    ///
    /// - Returns: whether there are others beside them that matter.
    fileprivate mutating func read(_ attributes: AttributeReader) throws(WireError) -> Bool {
        var reader = attributes
        var isForeign = false
        while let attribute = try reader.next() {
            switch attribute.type {
            case NFTA_SET_FLAGS: flags = try attribute.number()
            case NFTA_SET_KEY_TYPE: keyType = try attribute.number()
            case NFTA_SET_KEY_LEN: keyLength = try attribute.number()
            case NFTA_SET_DATA_TYPE: dataType = try attribute.number(UInt32.self)
            case NFTA_SET_DATA_LEN: dataLength = try attribute.number(UInt32.self)
            case NFTA_SET_DESC: size = try attribute.nested.first(NFTA_SET_DESC_SIZE)?.number(UInt32.self)
            case NFTA_SET_USERDATA: userData = Array(attribute.bytes)
            case NFTA_SET_TABLE, NFTA_SET_NAME, NFTA_SET_HANDLE, NFTA_SET_PAD: break
            default: isForeign = isForeign || attribute.type <= NFTA_SET_EXPRESSIONS
            }
        }
        if dataType == NFT_DATA_VERDICT { dataLength = 0 }
        return isForeign
    }
}
