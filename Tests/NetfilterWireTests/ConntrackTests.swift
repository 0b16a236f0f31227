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

    @Test func isAstrayOnlyWithoutAnAllowedTarget() throws {
        let entry = try #require(try entry(Self.message))
        let udp = { (port: UInt16) in FlowDestination(.udp, SocketAddress(entry.destination.address, port)) }
        let port = entry.destination.port
        #expect(entry.isAstray(from: [udp(port): []]))
        #expect(!entry.isAstray(from: [udp(port): [entry.target]]))
        #expect(!entry.isAstray(from: [udp(port + 1): []]), "another port")
        var tcp = Self.message
        for index in tcp.indices where tcp[index...].starts(with: [5, 0, 1, 0, 17]) { tcp[index + 4] = 6 }
        let other = try #require(try self.entry(tcp))
        #expect(!other.isAstray(from: [udp(port): []]), "another protocol")
        #expect(other.isAstray(from: [FlowDestination(.tcp, entry.destination): []]))
    }

    @Test func refusesWhatIsCutOff() {
        for length in [10, 40, 70, 100] {
            #expect(throws: WireError.self) { _ = try entry(Array(Self.message.prefix(length))) }
        }
    }
}
