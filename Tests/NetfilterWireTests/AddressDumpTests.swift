import NetworkValues
import Testing

@testable import NetfilterWire

struct AddressDumpTests {
    /// An answer for 192.0.2.10/24 on a point-to-point link whose other end is 192.0.2.11, as rtnetlink sends it.
    private static let message: [UInt8] =
        [56, 0, 0, 0, 20, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0]  // RTM_NEWADDR, NLM_F_MULTI
        + [2, 24, 0x80, 0, 3, 0, 0, 0]  // struct ifaddrmsg
        + [8, 0, 1, 0, 192, 0, 2, 11, 8, 0, 2, 0, 192, 0, 2, 10]  // IFA_ADDRESS, IFA_LOCAL
        + [9, 0, 3, 0] + Array("eth0".utf8) + [0, 0, 0, 0] + [4, 0, 8, 0]  // IFA_LABEL and another

    private func address(_ bytes: [UInt8]) throws -> IPAddress? {
        try bytes.withUnsafeBytes { try AddressDump.address(in: $0) }
    }

    @Test func asksForAllAddresses() {
        #expect(
            AddressDump.request(sequence: 7) == [
                24, 0, 0, 0, 22, 0, 1, 3, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            ])
    }

    @Test func takesTheOwnEndOfALink() throws {
        #expect(try address(Self.message)?.description == "192.0.2.10")
        let withoutLocal = Self.message.prefix(32) + Self.message.dropFirst(40)
        #expect(try address(Array(withoutLocal))?.description == "192.0.2.11")
    }

    @Test func passesOverWhatIsNoAddress() throws {
        var link = Self.message
        link[4] = 16
        #expect(try address(link) == nil)
        #expect(try address(Array(Self.message.prefix(20))) == nil)
        #expect(throws: WireError.self) { _ = try address(Array(Self.message.prefix(30))) }
    }
}
