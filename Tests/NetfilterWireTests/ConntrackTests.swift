import NetworkValues
import Testing

@testable import NetfilterWire

@Suite struct ConntrackTests {
    private static func tuple(_ source: [UInt8], _ destination: [UInt8], ports: (UInt8, UInt8)) -> [UInt8] {
        [20, 0, 1, 0x80]  // CTA_TUPLE_IP
            + [8, 0, 1, 0] + source  // CTA_IP_V4_SRC
            + [8, 0, 2, 0] + destination  // CTA_IP_V4_DST
            + [28, 0, 2, 0x80]  // CTA_TUPLE_PROTO
            + [5, 0, 1, 0, 17, 0, 0, 0]  // CTA_PROTO_NUM: UDP
            + [6, 0, 2, 0, 0xc0, ports.0, 0, 0]  // CTA_PROTO_SRC_PORT
            + [6, 0, 3, 0, 0, ports.1, 0, 0]  // CTA_PROTO_DST_PORT
    }

    private static let original = tuple([10, 64, 9, 1], [10, 96, 0, 10], ports: (1, 53))

    /// A flow from 10.64.9.1 to 10.96.0.10:53 that goes to 10.64.1.1; the reply's source port is 0xc035, its own.
    private static let message: [UInt8] =
        [136, 0, 0, 0, 0, 1, 2, 0, 7, 0, 0, 0, 9, 0, 0, 0]  // length, IPCTNL_MSG_CT_NEW, NLM_F_MULTI, sequence, port
        + [2, 0, 0, 0]  // struct nfgenmsg: AF_INET
        + [52, 0, 1, 0x80] + original  // CTA_TUPLE_ORIG
        + [52, 0, 2, 0x80] + tuple([10, 64, 1, 1], [10, 64, 9, 1], ports: (0x35, 1))  // CTA_TUPLE_REPLY
        + [8, 0, 12, 0, 0xde, 0xad, 0xbe, 0xef]  // CTA_ID

    private func entry(_ bytes: [UInt8]) throws -> ConntrackEntry? {
        try bytes.withUnsafeBytes { try ConntrackEntry(ReceivedMessage($0, subsystem: NFNL_SUBSYS_CTNETLINK)) }
    }

    @Test func readsWhereAFlowGoes() throws {
        let entry = try #require(try entry(Self.message))
        #expect(entry.destination.description == "10.96.0.10:53")
        #expect(entry.target.description == "10.64.1.1:49205")
        #expect(entry.protocolNumber == 17 && entry.family == .ipv4)
    }

    @Test func namesTheVeryEntryToDelete() throws {
        let entry = try #require(try entry(Self.message))
        let expected: [UInt8] =
            [80, 0, 0, 0, 2, 1, 5, 0, 3, 0, 0, 0, 0, 0, 0, 0]  // IPCTNL_MSG_CT_DELETE, NLM_F_REQUEST | NLM_F_ACK
            + [2, 0, 0, 0] + [52, 0, 1, 0x80] + Self.original + [8, 0, 12, 0, 0xde, 0xad, 0xbe, 0xef]
        #expect(ConntrackRequest.delete(entry).bytes(sequence: 3) == expected)
    }

    @Test func isForbiddenByItsProtocolDestinationAndTarget() throws {
        let entry = try #require(try entry(Self.message))
        let udp = FlowPlace.destination(FlowDestination(.udp, entry.destination))
        let tcp = FlowPlace.destination(FlowDestination(.tcp, entry.destination))
        #expect(entry.isForbidden(by: FlowTargets([udp: [], tcp: [entry.target]])))
        #expect(!entry.isForbidden(by: FlowTargets([udp: [entry.target], tcp: []])))
        var bytes = Self.message
        for index in bytes.indices where bytes[index...].starts(with: [5, 0, 1, 0, 17]) { bytes[index + 4] = 6 }
        let other = try #require(try self.entry(bytes))
        #expect(!other.isForbidden(by: FlowTargets([udp: [], tcp: [entry.target]])))
        #expect(other.isForbidden(by: FlowTargets([udp: [entry.target], tcp: []])))
    }

    @Test func asksForOneProtocolAlone() {
        let expected: [UInt8] =
            [56, 0, 0, 0, 1, 1, 1, 3, 3, 0, 0, 0, 0, 0, 0, 0]  // IPCTNL_MSG_CT_GET, NLM_F_REQUEST | NLM_F_DUMP
            + [10, 0, 0, 0]  // struct nfgenmsg: AF_INET6
            + [16, 0, 1, 0x80, 12, 0, 2, 0x80, 5, 0, 1, 0, 17, 0, 0, 0]  // CTA_TUPLE_ORIG, CTA_TUPLE_PROTO, UDP
            + [20, 0, 25, 0x80, 8, 0, 1, 0, 8, 0, 0, 0, 8, 0, 2, 0, 0, 0, 0, 0]  // CTA_FILTER, by protocol
        #expect(ConntrackRequest.list(.ipv6, only: .udp).bytes(sequence: 3) == expected)
        #expect(ConntrackRequest.list(.ipv6).bytes(sequence: 3).count == 20)
    }

    @Test func refusesWhatIsCutOff() {
        for length in [10, 40, 70, 100] {
            #expect(throws: WireError.self) { _ = try entry(Array(Self.message.prefix(length))) }
        }
    }
}
