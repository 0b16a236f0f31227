import NFTables
import NetworkValues
import Testing

@Suite struct TupleTests {
    @Test func keepsFieldsAndTheirRegisterLayout() {
        let ipv4 = IPAddress(ipv4: 0x0a60_000a)
        let tuple = Tuple(.address(ipv4), .transportProtocol(.tcp), .port(80), .number(1))
        #expect(tuple.fields == [.address(ipv4), .transportProtocol(.tcp), .port(80), .number(1)])
        // As `nft --debug=mnl` shows it: network order, each field padded; the number in host order (little endian).
        let bytes = tuple.withUnsafeBytes { Array($0) }
        #expect(bytes == [10, 96, 0, 10, 6, 0, 0, 0, 0, 80, 0, 0, 1, 0, 0, 0])
        #expect(tuple.nftText == "10.96.0.10 . tcp . 80 . 1")
    }

    @Test func holdsTwoIPv6AddressesAndMore() throws {
        let address = try #require(IPAddress("fd00:1:2:3:4:5:6:7"))
        let tuple = Tuple(.address(address), .address(address), .port(65535))
        #expect(tuple.byteCount == 36)
        #expect(tuple.fields == [.address(address), .address(address), .port(65535)])
    }

    @Test func sortsByValue() {
        let keys = [256, 1, 2, 65535].map { Tuple(.port(80), .number($0)) }
        #expect(keys.sorted().map(\.nftText) == ["80 . 1", "80 . 2", "80 . 256", "80 . 65535"])
    }

    @Test func differsInAnyField() {
        let address = IPAddress(ipv4: 1)
        #expect(Tuple(.address(address), .port(1)) != Tuple(.address(address), .port(2)))
        #expect(Tuple(.port(0)) != Tuple(.number(0)))
        #expect(Tuple(.port(0)) != Tuple(.port(0), .port(0)))
    }
}
