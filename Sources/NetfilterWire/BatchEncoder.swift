import IPTables
import NetworkValues
import NFTables

/// Writes the messages of a batch.
struct BatchEncoder: ~Copyable {
    /// A message of the batch, for finding what an error is about.
    struct Message {
        /// The offset of its header in the bytes.
        var start: Int
        /// The index of the operation that it carries out, or a part of.
        var operation: Int
        /// Which of the operation's elements it carries.
        var elements: Range<Int>
    }

    /// A set that is made in this batch can be named by number too, as `nft` does.
    private struct SetName: Hashable {
        let table: TableID
        let set: String
    }

    private var writer = MessageWriter(capacity: 64 << 10)
    private(set) var messages: [Message] = []
    private let generation: UInt32?
    private var operationCount = 0
    private var setIDs: [SetName: UInt32] = [:]

    init(generation: UInt32?) { self.generation = generation }

    /// Writes the next step.
    mutating func append(_ operation: BatchOperation) {
        if operationCount == 0 {
            writer.batchBoundary(NFNL_MSG_BATCH_BEGIN, sequence: Batch.firstSequence, generation: generation)
        }
        encode(operation, index: operationCount)
        operationCount += 1
    }

    /// Writes the end; nothing at all if there was nothing to do.
    mutating func finish(isCommitted: Bool) {
        if operationCount == 0 { return }
        if isCommitted { writer.batchBoundary(NFNL_MSG_BATCH_END, sequence: nextSequence) }
        if let last = messages.last { writer.addFlags(NLM_F_ACK, toMessageAt: last.start) }
    }

    /// The bytes of all messages.
    consuming func takeBuffer() -> MessageBuffer { writer.takeBuffer() }

    private var nextSequence: UInt32 { Batch.firstSequence + 1 + UInt32(messages.count) }

    private mutating func message(
        _ type: UInt16, _ flags: UInt16, _ id: TableID, operation: Int, elements: Range<Int> = 0..<0,
        _ body: (inout MessageWriter) -> Void
    ) {
        let sequence = nextSequence
        messages.append(Message(start: writer.count, operation: operation, elements: elements))
        writer.message(
            type: NFNL_SUBSYS_NFTABLES << 8 | type, flags: flags, sequence: sequence,
            family: id.family.protocolFamily
        ) { writer in
            // NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE, NFTA_SET_TABLE and NFTA_SET_ELEM_LIST_TABLE.
            writer.attribute(NFTA_TABLE_NAME, string: id.name)
            body(&writer)
        }
    }

    private mutating func encode(_ operation: BatchOperation, index: Int) {
        let create = NLM_F_CREATE | NLM_F_EXCL
        switch operation {
        case .addTable(let id, let comment):
            message(NFT_MSG_NEWTABLE, create, id, operation: index) { $0.table(comment: comment) }
        case .ensureTable(let id):
            // Without attributes nothing of a table that is there is changed.
            message(NFT_MSG_NEWTABLE, NLM_F_CREATE, id, operation: index) { _ in }
        case .wakeTable(let id):
            message(NFT_MSG_NEWTABLE, 0, id, operation: index) { $0.attribute(NFTA_TABLE_FLAGS, number: UInt32(0)) }
        case .deleteTable(let id): message(NFT_MSG_DELTABLE, 0, id, operation: index) { _ in }
        case .addSet(let id, let set):
            let number = UInt32(setIDs.count + 1)
            setIDs[SetName(table: id, set: set.name)] = number
            message(NFT_MSG_NEWSET, create, id, operation: index) { $0.set(set, number: number) }
        case .addChain(let id, let chain):
            message(NFT_MSG_NEWCHAIN, create, id, operation: index) { $0.chain(chain) }
        case .flushChain(let id, let chain):
            message(NFT_MSG_DELRULE, 0, id, operation: index) { $0.attribute(NFTA_RULE_CHAIN, string: chain) }
        case .deleteChain(let id, let chain):
            message(NFT_MSG_DELCHAIN, 0, id, operation: index) { $0.attribute(NFTA_CHAIN_NAME, string: chain) }
        case .addRule(let id, let chain, let rule):
            let setIDs = setIDs
            message(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, id, operation: index) { writer in
                writer.rule(rule, chain: chain, in: id.family) { setIDs[SetName(table: id, set: $0)] }
            }
        case .addXTRule(let id, let chain, let rule, let place):
            let flags = place == .end ? NLM_F_CREATE | NLM_F_APPEND : NLM_F_CREATE
            message(NFT_MSG_NEWRULE, flags, id, operation: index) { $0.rule(rule, chain: chain, in: id.family) }
        case .deleteRule(let id, let chain, let handle):
            message(NFT_MSG_DELRULE, 0, id, operation: index) { writer in
                writer.attribute(NFTA_RULE_CHAIN, string: chain)
                writer.attribute(NFTA_RULE_HANDLE, number: handle)
            }
        case .addElements(let id, let list):
            elements(NFT_MSG_NEWSETELEM, NLM_F_CREATE, id, list.set, list.elements.count, operation: index) {
                $0.element(list.elements[$1])
            }
        case .addLeasedElements(let id, let set, let leased):
            elements(NFT_MSG_NEWSETELEM, NLM_F_CREATE | NLM_F_EXCL, id, set, leased.count, operation: index) {
                $0.element(leased[$1].element, lease: leased[$1])
            }
        case .deleteElements(let id, let list):
            elements(NFT_MSG_DELSETELEM, 0, id, list.set, list.elements.count, operation: index) {
                $0.element(key: list.elements[$1].key)
            }
        case .destroyElements(let id, let list):
            elements(NFT_MSG_DESTROYSETELEM, 0, id, list.set, list.elements.count, operation: index) {
                $0.element(key: list.elements[$1].key)
            }
        case .flushSet(let id, let set):
            message(NFT_MSG_DELSETELEM, 0, id, operation: index) { $0.attribute(NFTA_SET_ELEM_LIST_SET, string: set) }
        case .deleteSet(let id, let set):
            message(NFT_MSG_DELSET, 0, id, operation: index) { $0.attribute(NFTA_SET_NAME, string: set) }
        }
    }

    /// As many messages as are needed to keep each list under 64 KiB, the most that an attribute can hold.
    private mutating func elements(
        _ type: UInt16, _ flags: UInt16, _ id: TableID, _ set: String, _ count: Int, operation: Int,
        write: (inout MessageWriter, Int) -> Void
    ) {
        let setID = setIDs[SetName(table: id, set: set)]
        var next = 0
        while next < count {
            let first = next
            message(type, flags, id, operation: operation) { writer in
                writer.attribute(NFTA_SET_ELEM_LIST_SET, string: set)
                if let setID { writer.attribute(NFTA_SET_ELEM_LIST_SET_ID, number: setID) }
                writer.nested(NFTA_SET_ELEM_LIST_ELEMENTS) { writer in
                    let limit = writer.count + 0xffff - elementBytesMax
                    while next < count, writer.count < limit {
                        write(&writer, next)
                        next += 1
                    }
                }
            }
            messages[messages.count - 1].elements = first..<next
        }
    }
}

/// More than any element needs: two tuples or a chain name of 255, a comment of 128, and headers.
private let elementBytesMax = 1024

extension MessageWriter {
    fileprivate mutating func batchBoundary(_ type: UInt16, sequence: UInt32, generation: UInt32? = nil) {
        message(type: type, flags: 0, sequence: sequence, family: 0, resource: NFNL_SUBSYS_NFTABLES) { writer in
            if let generation { writer.attribute(NFNL_BATCH_GENID, number: generation) }
        }
    }

    fileprivate mutating func table(comment: String?) {
        attribute(NFTA_TABLE_FLAGS, number: UInt32(0))
        if let comment { attribute(NFTA_TABLE_USERDATA, bytes: UserData.comment(comment)) }
    }

    fileprivate mutating func set(_ declaration: SetDeclaration, number: UInt32) {
        let attributes = SetAttributes(declaration)
        attribute(NFTA_SET_NAME, string: declaration.name)
        attribute(NFTA_SET_FLAGS, number: attributes.flags)
        attribute(NFTA_SET_KEY_TYPE, number: attributes.keyType)
        attribute(NFTA_SET_KEY_LEN, number: attributes.keyLength)
        if let type = attributes.dataType { attribute(NFTA_SET_DATA_TYPE, number: type) }
        if let length = attributes.dataLength { attribute(NFTA_SET_DATA_LEN, number: length) }
        attribute(NFTA_SET_ID, number: number)
        if let size = attributes.size { nested(NFTA_SET_DESC) { $0.attribute(NFTA_SET_DESC_SIZE, number: size) } }
        attribute(NFTA_SET_USERDATA, bytes: attributes.userData)
    }

    fileprivate mutating func chain(_ chain: Chain) {
        attribute(NFTA_CHAIN_NAME, string: chain.name)
        guard let hook = chain.hook else { return }
        attribute(NFTA_CHAIN_TYPE, string: hook.type.rawValue)
        attribute(NFTA_CHAIN_POLICY, number: UInt32(NF_ACCEPT))
        nested(NFTA_CHAIN_HOOK) { writer in
            writer.attribute(NFTA_HOOK_HOOKNUM, number: hook.hook.rawValue)
            writer.attribute(NFTA_HOOK_PRIORITY, number: hook.priority)
        }
    }

    fileprivate mutating func rule(
        _ rule: Rule, chain: String, in family: IPFamily, setID: (String) -> UInt32?
    ) {
        attribute(NFTA_RULE_CHAIN, string: chain)
        nested(NFTA_RULE_EXPRESSIONS) { writer in
            for instruction in rule.instructions(in: family) { writer.element(instruction, setID: setID) }
        }
        if let comment = rule.comment { attribute(NFTA_RULE_USERDATA, bytes: UserData.comment(comment)) }
    }

    fileprivate mutating func rule(_ rule: XTRule, chain: String, in family: IPFamily) {
        attribute(NFTA_RULE_CHAIN, string: chain)
        nested(NFTA_RULE_EXPRESSIONS) { writer in
            for instruction in rule.instructions(in: family) { writer.element(instruction) { _ in nil } }
        }
        // Extensions check by it whether a rule has the protocol that they need (nft_parse_compat).
        nested(NFTA_RULE_COMPAT) { writer in
            writer.attribute(NFTA_RULE_COMPAT_PROTO, number: UInt32(rule.transportProtocol?.number ?? 0))
            writer.attribute(NFTA_RULE_COMPAT_FLAGS, number: UInt32(0))
        }
    }

    /// An element by its key alone.
    mutating func element(key: Tuple) {
        nested(NFTA_LIST_ELEM) { writer in writer.nested(NFTA_SET_ELEM_KEY) { $0.value(key) } }
    }

    fileprivate mutating func element(_ element: Element, lease: LeasedElement? = nil) {
        nested(NFTA_LIST_ELEM) { writer in
            writer.nested(NFTA_SET_ELEM_KEY) { $0.value(element.key) }
            if let lease {
                writer.attribute(NFTA_SET_ELEM_TIMEOUT, number: lease.timeoutMilliseconds)
                writer.attribute(NFTA_SET_ELEM_EXPIRATION, number: lease.expirationMilliseconds)
            }
            switch element.data {
            case .none: break
            case .verdict(let verdict): writer.nested(NFTA_SET_ELEM_DATA) { $0.verdict(verdict) }
            case .value(let value): writer.nested(NFTA_SET_ELEM_DATA) { $0.value(value) }
            }
            if let comment = element.comment {
                writer.attribute(NFTA_SET_ELEM_USERDATA) { $0.comment(comment) }
            }
        }
    }

    /// A key or data of several fields as in the registers, of a single one without its padding.
    private mutating func value(_ tuple: Tuple) {
        attribute(NFTA_DATA_VALUE) { writer in
            tuple.withUnsafeBytes { bytes in
                writer.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes.prefix(tuple.dataLength)))
            }
        }
    }

    private mutating func comment(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            precondition(bytes.count <= 128, "a comment has 128 bytes at most (NFTNL_UDATA_COMMENT_MAXLEN)")
            append(UserData.commentType)
            append(UInt8(bytes.count + 1))
            append(contentsOf: UnsafeRawBufferPointer(bytes))
            append(UInt8(0))
        }
    }
}

extension Tuple {
    /// The length that nftables gives to the value: that of its bytes in the registers, or of the one field.
    fileprivate var dataLength: Int {
        guard byteCount == 4 else { return byteCount }
        switch fields.first {
        case .port: return 2
        case .transportProtocol: return 1
        default: return 4
        }
    }
}
