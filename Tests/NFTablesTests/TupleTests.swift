import NetworkValues
import NFTables
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

    @Test func holdsTwoIPv6Addresses() throws {
        let address = try #require(IPAddress("fd00:1:2:3:4:5:6:7"))
        let pair = Tuple(.address(address), .address(address))
        #expect(pair.byteCount == Tuple.bytesMax)
        #expect(pair.fields == [.address(address), .address(address)])
        let backend = Tuple(.address(address), .transportProtocol(.sctp), .port(65535), .number(.max))
        #expect(backend.fields == [.address(address), .transportProtocol(.sctp), .port(65535), .number(.max)])
    }

    @Test func sortsByValue() {
        let keys = [256, 1, 2, 65535].map { Tuple(.port(80), .number($0)) }
        #expect(keys.sorted().map(\.nftText) == ["80 . 1", "80 . 2", "80 . 256", "80 . 65535"])
    }

    /// Goal: tuples that are compared as they lie in memory have the order of their fields.
    /// Method: all pairs of tuples whose fields differ in one byte, high or low, against the order of the values.
    @Test func orderIsThatOfTheFields() throws {
        let ports: [UInt16] = [0, 1, 255, 256, 65535]
        let numbers: [UInt32] = [0, 1, 255, 256, 1 << 24, .max]
        let addresses = try ["10.0.0.1", "10.0.1.0", "200.0.0.1"].map { try #require(IPAddress($0)) }
        let addresses6 = try ["fd00::1", "fd00::1:0", "fd00:0:0:1::"].map { try #require(IPAddress($0)) }
        for family in [addresses, addresses6] {
            let ordered = family.sorted().flatMap { address in
                ports.flatMap { port in
                    numbers.map { Tuple(.address(address), .transportProtocol(.udp), .port(port), .number($0)) }
                }
            }
            for left in ordered.indices {
                for right in ordered.indices { #expect((ordered[left] < ordered[right]) == (left < right)) }
            }
        }
        #expect(Tuple(.number(1)) < Tuple(.number(1), .number(0)))
    }

    @Test func differsInAnyField() {
        let address = IPAddress(ipv4: 1)
        #expect(Tuple(.address(address), .port(1)) != Tuple(.address(address), .port(2)))
        #expect(Tuple(.port(0)) != Tuple(.number(0)))
        #expect(Tuple(.port(0)) != Tuple(.port(0), .port(0)))
    }
}
