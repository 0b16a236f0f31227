/// An accounting object of the kernel (nfnetlink_acct): counts under a name, which rules add to and which outlive them. The
/// message is `NFNL_MSG_ACCT_NEW`.
package struct AccountingObject: Hashable, Sendable {
    /// The name, unique in the network namespace.
    package let name: String

    /// How many packets have been counted since the object was made.
    package let packets: UInt64

    /// How many bytes they had, from the IP header on.
    package let bytes: UInt64

    /// An object with these counts.
    package init(name: String, packets: UInt64, bytes: UInt64) {
        self.name = name
        self.packets = packets
        self.bytes = bytes
    }

    /// The object in an answer to ``AccountingRequest/list``; nil if it is something else.
    ///
    /// - Throws: ``WireError`` if it is not well formed.
    package init?(_ message: ReceivedMessage) throws(WireError) {
        guard message.type == NFNL_MSG_ACCT_NEW else { return nil }
        guard let name = try message.attributes.first(NFACCT_NAME) else { throw .missing("NFACCT_NAME") }
        guard let packets = try message.attributes.first(NFACCT_PKTS) else { throw .missing("NFACCT_PKTS") }
        guard let bytes = try message.attributes.first(NFACCT_BYTES) else { throw .missing("NFACCT_BYTES") }
        self.init(name: name.string, packets: try packets.number(), bytes: try bytes.number())
    }
}

/// What is asked of the kernel's accounting.
package enum AccountingRequest: KernelRequest, Hashable, Sendable {
    /// `NFNL_MSG_ACCT_NEW`: an object that has counted nothing; `EEXIST` if there is one of this name.
    case create(String)
    /// `NFNL_MSG_ACCT_GET`: all objects.
    case list

    /// The accounting.
    package var subsystem: UInt16 { NFNL_SUBSYS_ACCT }

    /// nfnetlink_acct.
    package var module: String { "nfnetlink_acct" }

    /// The message.
    package func bytes(sequence: UInt32) -> [UInt8] {
        var writer = MessageWriter(capacity: 128)
        switch self {
        case .create(let name):
            writer.message(
                type: subsystem << 8 | NFNL_MSG_ACCT_NEW, flags: NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK,
                sequence: sequence, family: 0
            ) { $0.attribute(NFACCT_NAME, string: name) }
        case .list:
            writer.message(
                type: subsystem << 8 | NFNL_MSG_ACCT_GET, flags: NLM_F_DUMP, sequence: sequence, family: 0
            ) { _ in }
        }
        return writer.bytes
    }

    /// `make the accounting object ct_state_invalid_dropped_pkts`.
    package var description: String {
        switch self {
        case .create(let name): "make the accounting object \(name)"
        case .list: "list the accounting objects"
        }
    }
}

/// `NFNL_MSG_COMPAT_GET`: whether rules can have a match of x_tables; an error if not.
package struct MatchProbe: KernelRequest, Hashable, Sendable {
    /// The match, as in `/proc/net/ip_tables_matches`.
    package let name: String
    /// Which of its structures.
    package let revision: UInt8

    /// The match by which packets are counted in accounting objects.
    package static let accounting = MatchProbe(name: "nfacct", revision: 1)

    /// nft_compat.
    package var subsystem: UInt16 { NFNL_SUBSYS_NFT_COMPAT }

    /// nft_compat.
    package var module: String { "nft_compat" }

    /// The message; it asks for a match of IPv4, as type 0.
    package func bytes(sequence: UInt32) -> [UInt8] {
        var writer = MessageWriter(capacity: 128)
        writer.message(
            type: subsystem << 8 | NFNL_MSG_COMPAT_GET, flags: NLM_F_ACK, sequence: sequence, family: 2
        ) { writer in
            writer.attribute(NFTA_COMPAT_NAME, string: name)
            writer.attribute(NFTA_COMPAT_REV, number: UInt32(revision))
            writer.attribute(NFTA_COMPAT_TYPE, number: UInt32(0))
        }
        return writer.bytes
    }

    /// `look for the match nfacct`.
    package var description: String { "look for the match \(name)" }
}
