import IPTables
import NetworkValues
import NFTables
import Testing

@testable import NetfilterWire

/// Rules are the same whichever release of the tools loaded them.
struct IPTablesRecognitionTests {
    private let first = Register(word: 0)
    private let comment = Match.comment(CommentMatch("a b"))

    /// The chain with these instructions as the kernel's rules, recognised.
    private func recognised(_ rules: [[Instruction]], as wanted: [XTRule], _ family: IPFamily) -> [XTRule?] {
        let id = XTTableID(family, .nat)
        var listing = TableListing(
            id: TableID(id), flags: 0, owner: nil, comment: nil)
        listing.chains = [
            ListedChain(
                name: "KUBE-X", hook: nil,
                rules: rules.enumerated().map {
                    ListedRule(handle: UInt64($0.offset), instructions: $0.element, comment: nil)
                })
        ]
        let desired = XTTableContents(id, chains: [XTChain("KUBE-X", rules: wanted)])
        return listing.matched(against: desired).chains["KUBE-X"]?.map(\.wanted) ?? []
    }

    private func rest(_ rule: XTRule, _ family: IPFamily) -> [Instruction] {
        var bare = rule
        (bare.source, bare.destination, bare.inputInterface, bare.transportProtocol) = (nil, nil, nil, nil)
        return bare.instructions(in: family)
    }

    /// `-s 10.0.0.0/8 ! -d 127.0.0.0/8 -i eth0 -p sctp -m sctp --dport 80 -j RETURN` and others, as iptables 1.8.11 and
    /// 1.8.13 load them (`nft --debug=netlink list ruleset`).
    @Test func addressesMayComeFirstAndTheProtocolFromTheHeader() throws {
        let pods = try #require(IPPrefix("10.0.0.0/8"))
        let loopback = try #require(IPPrefix("127.0.0.0/8"))
        let odd = try #require(IPPrefix("10.64.0.0/14"))
        let wanted = [
            XTRule(
                source: AddressMatch(pods), destination: AddressMatch(loopback, isNegated: true),
                inputInterface: InterfaceMatch("eth0"), transportProtocol: .sctp,
                matches: [comment, .port(PortMatch(.sctp, destinationPort: 80))], target: .verdict(.return)),
            XTRule(
                source: AddressMatch(odd, isNegated: true), transportProtocol: .tcp, matches: [comment],
                target: .jump(JumpTarget("KUBE-Y"))),
        ]
        let loaded: [[Instruction]] = [
            [
                .payload(.network, offset: 12, length: 1, dreg: first), .cmp(.eq, sreg: first, data: [10]),
                .payload(.network, offset: 16, length: 1, dreg: first), .cmp(.neq, sreg: first, data: [127]),
                .meta(.iifname, dreg: first), .cmp(.eq, sreg: first, data: Array("eth0".utf8) + [0]),
                .payload(.network, offset: 9, length: 1, dreg: first), .cmp(.eq, sreg: first, data: [132]),
            ] + rest(wanted[0], .ipv4),
            [
                .payload(.network, offset: 12, length: 4, dreg: first),
                .bitwise(sreg: first, dreg: first, mask: [255, 252, 0, 0], xor: [0, 0, 0, 0]),
                .cmp(.neq, sreg: first, data: [10, 64, 0, 0]),
                .payload(.network, offset: 9, length: 1, dreg: first), .cmp(.eq, sreg: first, data: [6]),
            ] + rest(wanted[1], .ipv4),
        ]
        #expect(recognised(loaded, as: wanted, .ipv4) == wanted)
        #expect(recognised(loaded.reversed(), as: wanted, .ipv4) == wanted.reversed())
        #expect(recognised(wanted.map { $0.instructions(in: .ipv4) }, as: wanted, .ipv4) == wanted)
    }

    /// `-s fd00::/64 -d fd96::10/128 -p tcp -m comment --comment "a b" -j RETURN`
    @Test func theProtocolOfIPv6IsThePackets() throws {
        let source = try #require(IPPrefix("fd00::/64"))
        let destination = try #require(IPPrefix("fd96::10/128"))
        let wanted = XTRule(
            source: AddressMatch(source), destination: AddressMatch(destination), transportProtocol: .tcp,
            matches: [comment], target: .verdict(.return))
        let loaded: [Instruction] = [
            .payload(.network, offset: 8, length: 8, dreg: first),
            .cmp(.eq, sreg: first, data: [0xfd, 0, 0, 0, 0, 0, 0, 0]),
            .payload(.network, offset: 24, length: 16, dreg: first),
            .cmp(.eq, sreg: first, data: destination.address.bytes),
            .meta(.l4proto, dreg: first), .cmp(.eq, sreg: first, data: [6]),
        ]
        #expect(recognised([loaded + rest(wanted, .ipv6)], as: [wanted], .ipv6) == [wanted])
        // The byte at the same place of an IPv6 header is part of the source address.
        let other =
            loaded.dropLast(2) + [
                .payload(.network, offset: 9, length: 1, dreg: first), .cmp(.eq, sreg: first, data: [6]),
            ]
        #expect(recognised([other + rest(wanted, .ipv6)], as: [wanted], .ipv6) == [nil])
    }

    /// What is not the same rule is not taken for it.
    @Test func otherValuesAreOtherRules() throws {
        let wanted = XTRule(transportProtocol: .tcp, matches: [comment], target: .verdict(.return))
        let tail = rest(wanted, .ipv4)
        let load = Instruction.payload(.network, offset: 9, length: 1, dreg: first)
        let rules: [[Instruction]] = [
            [load, .cmp(.eq, sreg: first, data: [17])] + tail,
            [load, .cmp(.neq, sreg: first, data: [6])] + tail,
            [.payload(.network, offset: 8, length: 1, dreg: first), .cmp(.eq, sreg: first, data: [6])] + tail,
            [load, .cmp(.eq, sreg: first, data: [6])] + tail.dropFirst(),
        ]
        #expect(recognised(rules, as: [wanted], .ipv4) == [nil, nil, nil, nil])
    }
}
