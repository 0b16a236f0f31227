import IPTables
import NetworkValues
import Testing

@Suite struct TextTests {
    private func text(_ match: Match, _ family: IPFamily = .ipv4) -> String { match.text(in: family) }

    /// As `xtables_save_string` writes it.
    @Test func commentsAreQuotedOnlyWhereTheyMustBe() {
        #expect(text(.comment(CommentMatch("plain-Word_1"))) == "-m comment --comment plain-Word_1")
        #expect(text(.comment(CommentMatch("ns/svc:p"))) == #"-m comment --comment "ns/svc:p""#)
        #expect(text(.comment(CommentMatch(#"a "b" \c"#))) == #"-m comment --comment "a \"b\" \\c""#)
    }

    @Test(arguments: [
        (Fraction(1, 2), "0.50000000000"), (Fraction(1, 3), "0.33333333349"), (Fraction(1, 7), "0.14285714272"),
        (.one, "1.00000000000"), (Fraction(2, 3), "0.66666666651"), (Fraction(3, 4), "0.75000000000"),
    ])
    func probabilitiesAreWhatTheKernelGivesBack(_ share: Fraction, _ printed: String) {
        #expect(text(.statistic(StatisticMatch(share))) == "-m statistic --mode random --probability \(printed)")
    }

    @Test func recentListsHaveTheMaskOfTheirFamily() {
        let check = Match.recent(RecentMatch(.check(seconds: 10800), name: "KUBE-SEP-X"))
        #expect(
            text(check)
                == "-m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-X --mask 255.255.255.255 --rsource")
        let set = Match.recent(RecentMatch(.set, name: "X"))
        let mask = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
        #expect(text(set, .ipv6) == "-m recent --set --name X --mask \(mask) --rsource")
    }
}

@Suite struct ValidationTests {
    private func problems(
        _ rules: [XTRule], table: XTTableID.Name = .nat, from builtin: NetfilterHook = .output
    ) -> [String] {
        XTTableContents(
            XTTableID(.ipv4, table), builtinRules: [BuiltinRules(builtin, [XTRule(target: .jump("A"))])],
            chains: [XTChain("A", rules: rules)]
        ).validate()
    }

    @Test func takesGoodRules() {
        #expect(problems([XTRule(target: .return), XTRule(matches: [.comment(CommentMatch("x"))])]) == [])
    }

    @Test func namesWhatTheKernelWouldRefuse() throws {
        let endpoint = SocketAddress(IPAddress(ipv4: 1), 80)
        let dnat = XTRule(transportProtocol: .tcp, target: .dnat(DNATTarget(endpoint)))
        #expect(problems([dnat]) == [])
        #expect(problems([dnat], from: .postrouting).count == 1)
        #expect(problems([XTRule(target: .dnat(DNATTarget(endpoint)))]).count == 1)
        #expect(problems([XTRule(matches: [.port(PortMatch(.udp, destinationPort: 1))])]).count == 1)
        #expect(problems([XTRule(matches: [.comment(CommentMatch(String(repeating: "x", count: 256)))])]).count == 1)
        #expect(problems([XTRule(target: .jump("B"))]) == ["no chain B"])
        #expect(problems([XTRule(target: .jump("A"))]) == [#"chains that lead back to themselves: ["A"]"#])
        #expect(problems([XTRule(target: .reject(RejectTarget()))]).count == 1)
        #expect(problems([XTRule(target: .masquerade(MasqueradeTarget()))]).count == 1)
        let ipv6 = try #require(IPPrefix("fd00::/8"))
        #expect(problems([XTRule(source: AddressMatch(ipv6))]).count == 1)
        let longName = XTChain(String(repeating: "x", count: 29))
        #expect(XTTableContents(XTTableID(.ipv4, .nat), chains: [longName]).validate().count == 1)
    }
}
