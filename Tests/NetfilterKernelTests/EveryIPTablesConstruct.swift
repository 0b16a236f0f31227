import IPTables
import NetworkValues

/// A filter and a nat table with every match and target that there is, each in every form.
func everyIPTablesConstruct(_ family: IPFamily) -> [XTTableContents] {
    let names = Names(family)
    return [filterTable(family, names), natTable(family, names)]
}

private func filterTable(_ family: IPFamily, _ names: Names) -> XTTableContents {
    let mark = MarkMatch(0x4000)
    let comments = [
        "plain", "two words", "ns/svc:p \"quoted\" \\ it's", "ünïcödé", String(repeating: "c", count: 255),
    ]
    let states: [ConntrackMatch.States] = [.invalid, .established, .related, .new, .destinationTranslated]
    let addresses = names.prefixes.dropFirst().flatMap { prefix in
        let match = AddressMatch(prefix, isNegated: prefix.length % 3 == 0)
        return [XTRule(source: match, target: .accept), XTRule(source: match, destination: match)]
    }
    let interfaces = ["eth0", "veth+", "exactlyfifteenc"].flatMap { name in
        [false, true].map {
            XTRule(inputInterface: InterfaceMatch(name, isNegated: $0), transportProtocol: .tcp, target: .drop)
        }
    }
    let everywhere = AddressMatch(names.prefixes[0])
    let all = addresses + interfaces + [XTRule(source: everywhere, destination: everywhere)]
    let ports = TransportProtocol.allCases.flatMap { transport in
        [80, 65535, nil].map { port in
            XTRule(
                transportProtocol: transport, matches: [.port(PortMatch(transport, destinationPort: port))],
                target: .reject(RejectTarget()))
        }
    }
    let others: [Match] =
        comments.map { .comment(CommentMatch($0)) }
        + states.flatMap { state in
            [false, true].map { Match.conntrack(ConntrackMatch(state, isNegated: $0)) }
        } + [
            .conntrack(ConntrackMatch([.related, .established, .destinationTranslated], isNegated: true)),
            .addressType(AddressTypeMatch(local: .source)), .addressType(AddressTypeMatch(local: .destination)),
            .nfacct(NFAcctMatch("counted")), .nfacct(NFAcctMatch(String(repeating: "n", count: 31))),
            .mark(mark), .mark(MarkMatch(0x8000_0001, isNegated: true)),
        ]
    return XTTableContents(
        XTTableID(family, .filter),
        builtinRules: [NetfilterHook.input, .forward, .output].map {
            BuiltinRules($0, [XTRule(target: .jump("A")), XTRule(matches: [.mark(mark)], target: .jump("MATCHES"))])
        },
        chains: [
            XTChain("A", rules: all), XTChain("EMPTY"),
            XTChain("MATCHES", rules: others.map { XTRule(matches: [$0], target: .jump("EMPTY")) } + ports),
        ])
}

private func natTable(_ family: IPFamily, _ names: Names) -> XTTableContents {
    let targets = TransportProtocol.allCases.map { transport in
        XTRule(
            transportProtocol: transport,
            matches: [
                .comment(CommentMatch("ns/svc")), .recent(RecentMatch(.set, name: "KUBE-SEP-ABC")),
                .port(PortMatch(transport)),
            ], target: .dnat(DNATTarget(SocketAddress(names.endpoints[0], 8080))))
    }
    let shares = [1, 2, 3, 7, 1000, 65535].map { Fraction(1, $0) } + [Fraction(2, 3), Fraction(99, 100)]
    let balancing = shares.map { XTRule(matches: [.statistic(StatisticMatch($0))], target: .jump("TARGETS")) }
    let affinity = [1, 10800, 86400].map {
        XTRule(matches: [.recent(RecentMatch(.check(seconds: $0), name: "KUBE-SEP-ABC"))], target: .jump("TARGETS"))
    }
    return XTTableContents(
        XTTableID(family, .nat),
        builtinRules: [
            BuiltinRules(.prerouting, [XTRule(target: .jump("BALANCE"))]),
            BuiltinRules(.output, [XTRule(target: .jump("BALANCE"))]),
            BuiltinRules(.postrouting, [XTRule(target: .jump("POST"))]),
        ],
        chains: [
            XTChain("BALANCE", rules: affinity + balancing),
            XTChain(
                "POST",
                rules: [
                    XTRule(matches: [.mark(MarkMatch(0x4000, isNegated: true))], target: .return),
                    XTRule(target: .mark(.flipping(0x4000))), XTRule(target: .mark(.setting(0x4000))),
                    XTRule(target: .masquerade(MasqueradeTarget())), XTRule(),
                ]), XTChain("TARGETS", rules: targets),
        ])
}
