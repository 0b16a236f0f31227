import NetworkValues
import Testing

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("10.0.0.1", "10.0.0.1"), ("010.000.0.001", "10.0.0.1"), ("::ffff:1.2.3.4", "1.2.3.4"), ("::", "::"),
        ("::1", "::1"), ("FD00:0:0:1::A", "fd00:0:0:1::a"), ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
        ("1:0:2:0:3:0:4:0", "1:0:2:0:3:0:4:0"), ("64:ff9b::192.0.2.1", "64:ff9b::c000:201"), ("fd00::", "fd00::"),
        ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("0:0:1::", "0:0:1::"), ("1::2:0:0:3", "1::2:0:0:3"),
        ("010.064.001.011", "10.64.1.11"), ("0000010.0.0.1", "10.0.0.1"), ("::ffff:010.0.0.1", "10.0.0.1"),
        ("0000:0000:0000:0000:0000:FFFF:0A00:0001", "10.0.0.1"), ("00001::0000a", "1::a"),
    ])
    func parsesAndPrintsCanonically(text: String, canonical: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == canonical)
        #expect(IPAddress(canonical) == address)
        #expect(IPAddress(bytes: address.bytes) == address)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.-4", "1.2.3.4 ", " 1.2.3.4", ":", ":::", "1::2::3", "1:2:3",
        "1:2:3:4:5:6:7:8:9", "12345::", "1ffff::", "fe80::1%eth0", "[::1]", "1:2:3:4:5:6:7:8::", "1.2.3.4::", "g::",
        "a.b.c.d",
    ])
    func refusesWhatIsNoAddress(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func sortsByFamilyThenNumber() throws {
        let texts = ["fd00::2", "10.0.0.10", "10.0.0.2", "fd00::1:0"]
        let sorted = try texts.map { try #require(IPAddress($0)) }.sorted()
        #expect(sorted.map(\.description) == ["10.0.0.2", "10.0.0.10", "fd00::2", "fd00::1:0"])
    }

    @Test func knowsTheKindsThatTheAPIForbids() throws {
        let kinds: [(String, KeyPath<IPAddress, Bool>)] = [
            ("0.0.0.0", \.isUnspecified), ("::", \.isUnspecified), ("127.1.2.3", \.isLoopback), ("::1", \.isLoopback),
            ("169.254.1.1", \.isLinkLocal), ("fe80::1", \.isLinkLocal), ("febf::1", \.isLinkLocal),
            ("224.0.0.5", \.isLinkLocalMulticast), ("ff02::1", \.isLinkLocalMulticast), ("239.1.1.1", \.isMulticast),
            ("ff0e::1", \.isMulticast), ("255.255.255.255", \.isBroadcast),
        ]
        for (text, kind) in kinds { #expect(try #require(IPAddress(text))[keyPath: kind], "\(text)") }
        for text in ["10.0.0.1", "fd00::1", "fec0::1", "128.0.0.1", "192.0.0.1"] {
            let address = try #require(IPAddress(text))
            for (_, kind) in kinds { #expect(!address[keyPath: kind], "\(text)") }
        }
    }

    @Test(arguments: [
        ("10.1.2.3/8", "10.0.0.0/8"), ("fd00:1::5/32", "fd00:1::/32"), ("1.2.3.4/0", "0.0.0.0/0"),
        ("010.064.001.011/016", "10.64.0.0/16"), ("::ffff:10.1.2.3/104", "10.0.0.0/8"), ("::ffff:0:0/96", "0.0.0.0/0"),
        ("::ffff:10.1.2.3/128", "10.1.2.3/32"), ("::ffff:10.1.2.3/95", "::fffe:0:0/95"), ("::ffff:1.2.3.4/0", "::/0"),
    ])
    func masksPrefixes(text: String, canonical: String) throws {
        let prefix = try #require(IPPrefix(text))
        #expect(prefix.description == canonical)
    }

    @Test(arguments: [
        "10.0.0.0/33", "10.0.0.0", "10.0.0.0/", "10.0.0.0/+8", "fd00::/129", "/8", "10.0.0.0/-1", "::ffff:10.0.0.0/129",
    ])
    func refusesWhatIsNoPrefix(text: String) {
        #expect(IPPrefix(text) == nil)
    }

    @Test func aUnionHasNothingTwice() throws {
        let texts = [
            "fd00::/64", "10.97.0.0/16", "10.96.1.0/24", "10.96.0.0/15", "10.97.0.0/16", "10.98.0.0/16", "fd00::/32",
        ]
        let union = IPPrefix.union(try texts.map { try #require(IPPrefix($0)) })
        #expect(union.map(\.description) == ["10.96.0.0/15", "10.98.0.0/16", "fd00::/32"])
        #expect(IPPrefix.union([]) == [])
    }

    @Test func prefixesContainOnlyTheirOwn() throws {
        let prefix = try #require(IPPrefix("10.64.0.0/10"))
        #expect(try prefix.contains(#require(IPAddress("10.127.255.255"))))
        #expect(try !prefix.contains(#require(IPAddress("10.128.0.0"))))
        #expect(try !prefix.contains(#require(IPAddress("::"))))
        #expect(try #require(IPPrefix("fd00::/65")).contains(#require(IPAddress("fd00::7fff:0:0:1"))))
        #expect(try !#require(IPPrefix("fd00::/65")).contains(#require(IPAddress("fd00::8000:0:0:1"))))
    }
}
