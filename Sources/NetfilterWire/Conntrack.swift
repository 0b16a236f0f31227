package import NetworkValues

/// An entry of the kernel's connection tracking, as far as it matters here. The message is `IPCTNL_MSG_CT_NEW`.
package struct ConntrackEntry: Hashable, Sendable {
    /// The address family of the entry.
    package let family: IPFamily

    /// The protocol number of the IP header.
    package let protocolNumber: UInt8

    /// What the first packet was addressed to.
    package let destination: SocketAddress

    /// Where the answers come from: where the packets really go.
    package let target: SocketAddress

    /// The attributes of `CTA_TUPLE_ORIG`, as they came, which with the identity name this very entry.
    let original: [UInt8]
    let identity: UInt32
    let zone: UInt16?

    /// The entry in an answer to ``ConntrackRequest/list(_:)``; nil if it has no ports.
    package init?(_ message: ReceivedMessage) throws(WireError) {
        guard message.type == IPCTNL_MSG_CT_NEW else { return nil }
        guard let original = try message.attributes.first(CTA_TUPLE_ORIG) else { throw .missing("CTA_TUPLE_ORIG") }
        guard let reply = try message.attributes.first(CTA_TUPLE_REPLY) else { throw .missing("CTA_TUPLE_REPLY") }
        guard let identity: UInt32 = try message.attributes.first(CTA_ID)?.number() else { throw .missing("CTA_ID") }
        guard let sent = try ConntrackTuple(original.nested), let answered = try ConntrackTuple(reply.nested) else {
            return nil
        }
        family = sent.destination.address.family
        protocolNumber = sent.protocolNumber
        destination = sent.destination
        target = answered.source
        self.original = Array(original.bytes)
        self.identity = identity
        zone = try message.attributes.first(CTA_ZONE)?.number()
    }

    /// Whether the flow must not go on to where it goes.
    package func isForbidden(by flows: FlowTargets) -> Bool {
        guard let transport = TransportProtocol(number: protocolNumber) else { return false }
        return flows.forbid(FlowDestination(transport, destination), to: target)
    }
}

/// One direction of a tracked connection (`struct nf_conntrack_tuple`).
private struct ConntrackTuple {
    let source: SocketAddress
    let destination: SocketAddress
    let protocolNumber: UInt8

    /// Nil if the protocol has no ports.
    init?(_ attributes: AttributeReader) throws(WireError) {
        guard let addresses = try attributes.first(CTA_TUPLE_IP)?.nested else { throw .missing("CTA_TUPLE_IP") }
        guard let ports = try attributes.first(CTA_TUPLE_PROTO)?.nested else { throw .missing("CTA_TUPLE_PROTO") }
        guard let number: UInt8 = try ports.first(CTA_PROTO_NUM)?.number() else { throw .missing("CTA_PROTO_NUM") }
        guard let from: UInt16 = try ports.first(CTA_PROTO_SRC_PORT)?.number(),
            let to: UInt16 = try ports.first(CTA_PROTO_DST_PORT)?.number()
        else { return nil }
        source = SocketAddress(try Self.address(addresses, CTA_IP_V4_SRC, CTA_IP_V6_SRC), from)
        destination = SocketAddress(try Self.address(addresses, CTA_IP_V4_DST, CTA_IP_V6_DST), to)
        protocolNumber = number
    }

    private static func address(
        _ attributes: AttributeReader, _ ipv4: UInt16, _ ipv6: UInt16
    ) throws(WireError) -> IPAddress {
        var reader = attributes
        while let attribute = try reader.next() {
            guard attribute.type == ipv4 || attribute.type == ipv6 else { continue }
            guard let address = IPAddress(bytes: attribute.bytes) else { throw .invalid("CTA_TUPLE_IP") }
            return address
        }
        throw .missing("an address in CTA_TUPLE_IP")
    }
}

/// What is asked of the kernel's connection tracking.
package enum ConntrackRequest: KernelRequest, Hashable, Sendable {
    /// `IPCTNL_MSG_CT_GET`: all entries of a family, or those of one protocol. Kernels before 5.8 do not know the filter
    /// and list the others too.
    case list(IPFamily, only: TransportProtocol? = nil)
    /// `IPCTNL_MSG_CT_DELETE`: this entry and no other; an error if it is gone.
    case delete(ConntrackEntry)

    /// The connection tracking.
    package var subsystem: UInt16 { NFNL_SUBSYS_CTNETLINK }

    /// nf_conntrack_netlink.
    package var module: String { "nf_conntrack_netlink" }

    /// The message.
    package func bytes(sequence: UInt32) -> [UInt8] {
        var writer = MessageWriter(capacity: 256)
        switch self {
        case .list(let family, let only):
            writer.message(
                type: subsystem << 8 | IPCTNL_MSG_CT_GET, flags: NLM_F_DUMP, sequence: sequence,
                family: family.protocolFamily
            ) { writer in
                guard let only else { return }
                writer.nested(CTA_TUPLE_ORIG) { writer in
                    writer.nested(CTA_TUPLE_PROTO) { $0.attribute(CTA_PROTO_NUM, number: only.number) }
                }
                // In host order, unlike all other numbers here.
                writer.nested(CTA_FILTER) { writer in
                    writer.attribute(CTA_FILTER_ORIG_FLAGS, number: CTA_FILTER_F_CTA_PROTO_NUM.bigEndian)
                    writer.attribute(CTA_FILTER_REPLY_FLAGS, number: UInt32(0))
                }
            }
        case .delete(let entry):
            writer.message(
                type: subsystem << 8 | IPCTNL_MSG_CT_DELETE, flags: NLM_F_ACK, sequence: sequence,
                family: entry.family.protocolFamily
            ) { writer in
                writer.attribute(CTA_TUPLE_ORIG | NLA_F_NESTED, bytes: entry.original)
                writer.attribute(CTA_ID, number: entry.identity)
                if let zone = entry.zone { writer.attribute(CTA_ZONE, number: zone) }
            }
        }
        return writer.bytes
    }

    /// `delete the flow to 10.96.0.10:53 from connection tracking`.
    package var description: String {
        switch self {
        case .list(let family, _): "list the \(family.rawValue) flows of connection tracking"
        case .delete(let entry): "delete the flow to \(entry.destination) from connection tracking"
        }
    }
}
