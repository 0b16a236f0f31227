import NetworkValues
import NFTables

/// A table with every statement, verdict, kind of set and kind of element that there is.
///
/// - Parameter affinity: whether with the `update` statement, which nft 1.0.6 cannot load for IPv6: it fails an assertion
///   in netlink_linearize.c.
func everyConstruct(_ family: IPFamily, affinity: Bool = true) -> TableContents {
    var table = TableContents(TableID(family, "switchyard"), comment: "every construct")
    let names = Names(family)
    let frontend: [Expression] = [.destinationAddress(family), .transportProtocol, .destinationPort]
    let slot = frontend + [.randomNumber(modulus: 65536)]
    let endpoint: [Expression] = [.destinationAddress(family), .destinationPort]
    table.sets = [
        SetDeclaration("cluster-ips", key: [.destinationAddress(family)], comment: "IPs of Services"),
        SetDeclaration("hairpins", key: [.sourceAddress(family), .destinationAddress(family)], size: 1000),
        SetDeclaration("protocols", key: [.transportProtocol]),
        SetDeclaration("ports", key: [.destinationPort], contents: .values([.destinationAddress(family)])),
        SetDeclaration("services", key: frontend, contents: .verdicts, comment: "frontend to group"),
        SetDeclaration("backends", key: slot, contents: .values(endpoint)),
        SetDeclaration("sticky-backends", key: slot, contents: .verdicts),
        SetDeclaration("node-ports", key: [.transportProtocol, .destinationPort], contents: .verdicts),
        SetDeclaration(
            "affinity-ABC-ns1/svc1/tcp/p80", key: [.sourceAddress(family)], contents: .values(endpoint),
            isDynamic: true, size: 65536, comment: "clients"),
        SetDeclaration("seen", key: [.sourceAddress(family)], isDynamic: true, size: 65536),
        SetDeclaration(
            "leases", key: [.sourceAddress(family)], contents: .values([.destinationAddress(family)]), isDynamic: true,
            size: 10),
    ]
    table.elements = names.elements
    table.chains = chains(family, names, frontend: frontend, affinity: affinity)
    return table
}

/// Addresses of a family.
struct Names {
    let service: IPAddress
    let endpoints: [IPAddress]
    let prefixes: [IPPrefix]

    init(_ family: IPFamily) {
        let texts =
            family == .ipv4
            ? ["10.96.0.10", "10.0.0.1", "10.0.0.2"] : ["fd00:96::a", "fd00::1", "fd00::2"]
        let addresses = texts.compactMap { IPAddress($0) }
        service = addresses[0]
        endpoints = Array(addresses[1...])
        let base = IPAddress(family == .ipv4 ? "170.187.204.221" : "aabb:ccdd:eeff:1122:3344:5566:7788:99aa")
        prefixes = base.map { base in (0...family.addressBits).compactMap { IPPrefix(base, length: $0) } } ?? []
    }

    /// Elements of every shape, with and without comments.
    var elements: [SetElements] {
        let frontend = Tuple(.address(service), .transportProtocol(.tcp), .port(80))
        let other = Tuple(.address(service), .transportProtocol(.udp), .port(53))
        let third = Tuple(.address(service), .transportProtocol(.sctp), .port(65535))
        let target = { (index: Int) in Element.Data.value(Tuple(.address(endpoints[index]), .port(8080))) }
        return [
            SetElements("cluster-ips", [Element(Tuple(.address(service)), comment: "ns/a:p")]),
            SetElements(
                "hairpins", endpoints.map { Element(Tuple(.address($0), .address($0))) }),
            SetElements("protocols", TransportProtocol.allCases.map { Element(Tuple(.transportProtocol($0))) }),
            SetElements("ports", [Element(Tuple(.port(80)), .value(Tuple(.address(endpoints[0]))), comment: "x")]),
            SetElements(
                "services",
                [
                    Element(frontend, .verdict(.goto("pick-2")), comment: String(repeating: "c", count: 128)),
                    Element(other, .verdict(.drop)), Element(third, .verdict(.jump("sticky-2")), comment: ""),
                ]),
            SetElements(
                "backends",
                [
                    Element(frontend.appending(.number(0)), target(0), comment: "first"),
                    Element(frontend.appending(.number(1)), target(1)),
                    Element(frontend.appending(.number(65535)), target(1)),
                ]),
            SetElements(
                "sticky-backends", [Element(frontend.appending(.number(258)), .verdict(.goto("endpoint-ABC")))]),
            SetElements(
                "node-ports",
                [
                    Element(Tuple(.transportProtocol(.tcp), .port(30000)), .verdict(.accept)),
                    Element(Tuple(.transportProtocol(.udp), .port(30000)), .verdict(.return), comment: "np"),
                ]),
        ]
    }
}

private func chains(_ family: IPFamily, _ names: Names, frontend: [Expression], affinity: Bool) -> [Chain] {
    let slot = { (count: UInt32) in frontend + [.randomNumber(modulus: count)] }
    let map = "affinity-ABC-ns1/svc1/tcp/p80"
    let update = Rule(
        .updateMap(
            map, key: [.sourceAddress(family)], timeoutSeconds: 10800,
            data: Tuple(.address(names.endpoints[0]), .port(8080))))
    let pods = names.prefixes[16]
    return [
        Chain(
            "pick-2",
            rules: [
                Rule(.matchSource(pods, isNegated: true), .setMarkBits(0x4000)),
                Rule(.dnatMap(family, slot(2), map: "backends")),
                Rule(.dnatMap(family, frontend + [.randomNumber(modulus: 3, offset: 2)], map: "backends")),
            ]),
        Chain("sticky-2", rules: [Rule(.verdictMap(slot(2), map: "sticky-backends"))]),
        Chain(
            "endpoint-ABC",
            rules: (affinity ? [update] : []) + [
                Rule(.matchProtocol(.tcp), .dnatMap(family, [.sourceAddress(family)], map: map)),
                Rule(.matchProtocol(.tcp), .dnat(SocketAddress(names.endpoints[0], 8080))),
            ]),
        Chain("leased", rules: leaseRules(family, names)),
        Chain("prefixes", rules: prefixRules(names)),
        Chain(
            "verdicts",
            rules: [
                Rule(.matchProtocol(.udp), .verdict(.accept)), Rule(.matchProtocol(.sctp), .verdict(.return)),
                Rule(.matchMark(0x8000_0001), .verdict(.drop), comment: "marked"),
                Rule(.matchProtocol(.tcp), .rejectWithReset), Rule(.reject, comment: "unknown port"),
            ]),
        Chain("services-dispatch", rules: [Rule(.verdictMap(frontend, map: "services"))]),
        Chain(
            "masquerade-it",
            rules: [Rule(.flipMarkBits(0x4000)), Rule(.masqueradeFullyRandom, comment: "as kube-proxy does")]),
        Chain(
            "nat-prerouting", hook: BaseHook(.nat, .prerouting, priority: -100),
            rules: [
                Rule(.verdict(.jump("services-dispatch"))),
                Rule(.verdictMap([.transportProtocol, .destinationPort], map: "node-ports")),
            ]),
        Chain(
            "nat-postrouting", hook: BaseHook(.nat, .postrouting, priority: 100),
            rules: [
                Rule(.matchMark(0x4000), .verdict(.goto("masquerade-it"))),
                Rule(
                    .matchTranslatedDestination,
                    .lookup([.sourceAddress(family), .destinationAddress(family)], set: "hairpins"),
                    .masqueradeFullyRandom),
            ]),
        Chain(
            "filter-input", hook: BaseHook(.filter, .input, priority: 17),
            rules: [
                Rule(
                    .matchNewConnection, .lookup([.destinationAddress(family)], set: "cluster-ips"),
                    .verdict(.jump("verdicts"))),
                Rule(.lookup([.transportProtocol], set: "protocols"), .verdict(.jump("prefixes"))),
            ]),
        Chain("empty", hook: BaseHook(.filter, .forward, priority: -2_147_483_648), rules: []),
    ]
}

/// The rules that remember a client by its endpoint's address alone.
private func leaseRules(_ family: IPFamily, _ names: Names) -> [Rule] {
    let client: [Expression] = [.sourceAddress(family)]
    let update = Statement.updateMap(
        "leases", key: client, timeoutSeconds: 1, data: Tuple(.address(names.endpoints[0])))
    let follow = Statement.dnatAddressMap(family, client, map: "leases", port: 65535)
    let see = Rule(.updateSet("seen", key: client, timeoutSeconds: 10800))
    return [Rule(.lookup(client, set: "seen"), .verdict(.return)), see]
        + [Rule(.lookup(client, set: "leases"), update, .matchProtocol(.udp), follow), Rule(update)]
        + [Rule(.matchProtocol(.sctp), follow)]
}

/// A rule for every prefix length, some of them negated.
private func prefixRules(_ names: Names) -> [Rule] {
    names.prefixes.flatMap { prefix in
        let isNegated = prefix.length % 3 == 0
        return [
            Rule(.matchSource(prefix, isNegated: isNegated), .setMarkBits(UInt32(prefix.length) + 1)),
            Rule(.matchDestination(prefix, isNegated: isNegated), .verdict(.return)),
        ]
    }
        + [
            Rule(.matchLocal(.source), .setMarkBits(1)),
            Rule(.matchLocal(.destination), .matchProtocol(.tcp), .verdict(.return)),
            Rule(.matchInputInterface("br0", isNegated: false), .verdict(.return)),
            Rule(.matchInputInterface("exactlyfifteenc", isNegated: true), .verdict(.return)),
            Rule(.matchInputInterface("veth*", isNegated: true), .verdict(.return)),
            Rule(.matchInputInterface("abcdefghijklmn*", isNegated: false), .verdict(.return)),
        ]
}
