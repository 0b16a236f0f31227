package import NFTables

/// What the kernel is asked, and answers by itself: no part of a transaction.
package protocol KernelRequest: CustomStringConvertible {
    /// The netfilter subsystem that answers (`NFNL_SUBSYS_*`).
    var subsystem: UInt16 { get }

    /// The kernel's module that answers.
    var module: String { get }

    /// The message.
    func bytes(sequence: UInt32) -> [UInt8]
}

/// A question to the kernel about its tables.
package enum DumpRequest: KernelRequest, Hashable, Sendable {
    /// `NFT_MSG_GETGEN`: the generation, a number that every transaction raises.
    case generation
    /// `NFT_MSG_GETTABLE` for one table.
    case table(TableID)
    /// `NFT_MSG_GETCHAIN` for all chains of the table's family: the kernel has no narrower question.
    case chains(TableID)
    /// `NFT_MSG_GETRULE` for all rules of a table.
    case rules(TableID)
    /// `NFT_MSG_GETSET` for all sets of a table.
    case sets(TableID)
    /// `NFT_MSG_GETSETELEM` for all elements of a set.
    case elements(TableID, set: String)

    /// nf_tables.
    package var subsystem: UInt16 { NFNL_SUBSYS_NFTABLES }

    /// nf_tables.
    package var module: String { "nf_tables" }

    /// The message.
    package func bytes(sequence: UInt32) -> [UInt8] {
        var writer = MessageWriter(capacity: 256)
        writer.message(
            type: subsystem << 8 | type, flags: isDump ? NLM_F_DUMP : NLM_F_ACK, sequence: sequence,
            family: table?.family.protocolFamily ?? 0
        ) { writer in
            // NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE, NFTA_SET_TABLE and NFTA_SET_ELEM_LIST_TABLE.
            if let table { writer.attribute(NFTA_TABLE_NAME, string: table.name) }
            if case .elements(_, let set) = self { writer.attribute(NFTA_SET_ELEM_LIST_SET, string: set) }
        }
        return writer.bytes
    }

    private var type: UInt16 {
        switch self {
        case .generation: NFT_MSG_GETGEN
        case .table: NFT_MSG_GETTABLE
        case .chains: NFT_MSG_GETCHAIN
        case .rules: NFT_MSG_GETRULE
        case .sets: NFT_MSG_GETSET
        case .elements: NFT_MSG_GETSETELEM
        }
    }

    /// Whether the answer is a run of messages up to `NLMSG_DONE`.
    private var isDump: Bool {
        switch self {
        case .generation, .table: false
        case .chains, .rules, .sets, .elements: true
        }
    }

    private var table: TableID? {
        switch self {
        case .generation: nil
        case .table(let id), .chains(let id), .rules(let id), .sets(let id), .elements(let id, _): id
        }
    }
}

extension DumpRequest: CustomStringConvertible {
    /// `list the rules of ip switchyard`.
    package var description: String {
        switch self {
        case .generation: "read the generation of nf_tables"
        case .table(let id): "list table \(id)"
        case .chains(let id): "list the chains of \(id)"
        case .rules(let id): "list the rules of \(id)"
        case .sets(let id): "list the sets of \(id)"
        case .elements(let id, let set): "list the elements of \(set) in \(id)"
        }
    }
}
