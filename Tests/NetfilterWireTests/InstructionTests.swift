import NetworkValues
import NFTables
import Testing

@testable import NetfilterWire

/// What is encoded is decoded as the same instruction, and what is not understood is not overlooked.
struct InstructionTests {
    static func statements(_ family: IPFamily) -> [Statement] {
        let address = family == .ipv4 ? IPAddress(ipv4: 0x0a01_0203) : IPAddress(ipv6High: 0xfd00 << 48, low: 7)
        let key: [Expression] = [
            .destinationAddress(family), .transportProtocol, .destinationPort, .randomNumber(modulus: 3),
        ]
        let endpoint = Tuple(.address(address), .port(8080))
        let prefixes = (0...family.addressBits).compactMap { IPPrefix(address, length: $0) }
        return prefixes.flatMap { [Statement.matchSource($0, isNegated: false), .matchSource($0, isNegated: true)] } + [
            .matchProtocol(.sctp), .matchNewConnection, .matchTranslatedDestination, .matchMark(0x4000),
            .lookup([.sourceAddress(family), .destinationAddress(family)], set: "hairpins"),
            .verdictMap(key, map: "sticky-backends"), .setMarkBits(0x4000), .flipMarkBits(0x4000),
            .masqueradeFullyRandom, .dnat(SocketAddress(address, 8080)), .dnatMap(family, key, map: "backends"),
            .updateMap("affinity", key: [.sourceAddress(family)], timeoutSeconds: 10800, data: endpoint),
            .updateMap("affinity", key: Array(key.prefix(2)), timeoutSeconds: 1, data: endpoint), .reject,
            .rejectWithReset,
            .verdict(.accept), .verdict(.drop), .verdict(.return), .verdict(.jump("a")), .verdict(.goto("b")),
        ]
    }

    private static func encoded(_ instruction: Instruction, setID: UInt32? = nil) -> [UInt8] {
        var writer = MessageWriter()
        writer.element(instruction) { _ in setID }
        return writer.bytes
    }

    private static func decoded(_ bytes: [UInt8]) throws -> Instruction {
        try bytes.withUnsafeBytes { bytes in
            var reader = AttributeReader(bytes)
            return try Instruction(try #require(try reader.next()))
        }
    }

    @Test(arguments: IPFamily.allCases)
    func everyInstructionIsReadBackAsItIs(family: IPFamily) throws {
        for statement in Self.statements(family) {
            for instruction in statement.instructions(in: family) {
                #expect(try Self.decoded(Self.encoded(instruction)) == instruction)
                #expect(try Self.decoded(Self.encoded(instruction, setID: 7)) == instruction)
            }
        }
    }

    /// The instructions that `nft --debug=netlink` shows for the rule in the comment of each.
    @Test func registersAreThoseOfNft() throws {
        let key: [Expression] = [
            .destinationAddress(.ipv6), .transportProtocol, .destinationPort, .randomNumber(modulus: 3),
        ]
        // dnat ip6 to ip6 daddr . meta l4proto . th dport . numgen random mod 3 map @backends
        let registers = { (number: UInt32) in Register(number: number) }
        #expect(
            Statement.dnatMap(.ipv6, key, map: "backends").instructions(in: .ipv6) == [
                .payload(.network, offset: 24, length: 16, dreg: registers(1)), .meta(.l4proto, dreg: registers(2)),
                .payload(.transport, offset: 2, length: 2, dreg: registers(13)),
                .numgenRandom(dreg: registers(14), modulus: 3, offset: 0),
                .lookup(set: "backends", sreg: registers(1), dreg: registers(1)),
                .dnat(family: 10, address: registers(1), port: registers(2), flags: 3),
            ])
        // update @affinity { ip saddr timeout 10s : 10.0.0.1 . 8080 }
        let endpoint = Tuple(.address(IPAddress(ipv4: 0x0a00_0001)), .port(8080))
        let update = Statement.updateMap(
            "affinity", key: [.sourceAddress(.ipv4)], timeoutSeconds: 10, data: endpoint)
        #expect(
            update.instructions(in: .ipv4) == [
                .payload(.network, offset: 12, length: 4, dreg: registers(1)),
                .immediate(dreg: registers(2), data: [10, 0, 0, 1]),
                .immediate(dreg: registers(13), data: [0x1f, 0x90]),
                .dynset(
                    .update, set: "affinity", key: registers(1), data: registers(2), timeoutMilliseconds: 10_000),
            ])
    }

    @Test func anUnknownExpressionKeepsItsNameAndBytes() throws {
        let quota = Instruction.unknown("quota", [8, 0, 1, 0, 0, 0, 0, 5])
        #expect(try Self.decoded(Self.encoded(quota)) == quota)
    }

    /// `lookup` with `NFT_LOOKUP_F_INV` is the opposite of one without.
    @Test func anAttributeThatIsNotUnderstoodIsNotOverlooked() throws {
        let plain = Instruction.lookup(set: "s", sreg: Register(word: 0), dreg: nil)
        for (flags, isKnown) in [(UInt32(0), true), (1, false)] {
            var writer = MessageWriter()
            writer.nested(NFTA_LIST_ELEM) { writer in
                writer.attribute(NFTA_EXPR_NAME, string: "lookup")
                writer.nested(NFTA_EXPR_DATA) { writer in
                    writer.attribute(NFTA_LOOKUP_SET, string: "s")
                    writer.attribute(NFTA_LOOKUP_SREG, number: UInt32(1))
                    writer.attribute(NFTA_LOOKUP_FLAGS, number: flags)
                }
            }
            let instruction = try Self.decoded(writer.bytes)
            #expect((instruction == plain) == isKnown)
            #expect(instruction.name == "lookup")
        }
    }
}
