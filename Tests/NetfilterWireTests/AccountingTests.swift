import Testing

@testable import NetfilterWire

struct AccountingTests {
    private static let name: [UInt8] = [6, 0, 1, 0] + Array("a".utf8) + [0, 0, 0]  // NFACCT_NAME
    private static let message: [UInt8] =
        [60, 0, 0, 0, 0, 7, 2, 0, 7, 0, 0, 0, 9, 0, 0, 0] + [0, 0, 0, 0]  // NFNL_MSG_ACCT_NEW, struct nfgenmsg
        + name + [12, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 2]  // NFACCT_PKTS
        + [12, 0, 3, 0, 0, 0, 0, 0, 0, 1, 0, 0] + [8, 0, 4, 0, 0, 0, 0, 1]  // NFACCT_BYTES, NFACCT_USE

    private func object(_ bytes: [UInt8]) throws -> AccountingObject? {
        try bytes.withUnsafeBytes { try AccountingObject(ReceivedMessage($0, subsystem: NFNL_SUBSYS_ACCT)) }
    }

    @Test func readsCounts() throws {
        #expect(try object(Self.message) == AccountingObject(name: "a", packets: 0x102, bytes: 0x10000))
    }

    @Test func makesAnObjectOnlyIfThereIsNone() {
        let header: [UInt8] = [28, 0, 0, 0, 0, 7, 5, 6, 3, 0, 0, 0, 0, 0, 0, 0]  // REQUEST, ACK, CREATE, EXCL
        #expect(AccountingRequest.create("a").bytes(sequence: 3) == header + [0, 0, 0, 0] + Self.name)
    }

    @Test(arguments: [10, 22, 30, 45]) func refusesWhatIsCutOff(_ length: Int) {
        #expect(throws: WireError.self) { _ = try object(Array(Self.message.prefix(length))) }
    }
}
