import NetworkValues
import NFTables
import PacketTracing

let v4 = TableID(.ipv4, "switchyard")

func address(_ text: String) -> IPAddress {
    guard let address = IPAddress(text) else { preconditionFailure("\(text) is no address") }
    return address
}

/// `10.96.0.10:80` or `[fd00::1]:80`.
func socket(_ text: String) -> SocketAddress {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
        preconditionFailure("\(text) is no address with a port")
    }
    return SocketAddress(address(text[..<colon].filter { $0 != "[" && $0 != "]" }), port)
}

func tuple(_ text: String) -> Tuple { Tuple(.address(socket(text).address), .port(socket(text).port)) }

func frontend(_ text: String, _ transportProtocol: TransportProtocol = .tcp) -> Tuple {
    Tuple(.address(socket(text).address), .transportProtocol(transportProtocol), .port(socket(text).port))
}

func packet(
    _ source: String, _ destination: String, _ transportProtocol: TransportProtocol = .tcp,
    _ origin: Packet.Origin = .forwarded
) -> Packet {
    Packet(
        source: SocketAddress(address(source), 40000), destination: socket(destination), protocol: transportProtocol,
        origin: origin)
}

let frontendKey: [Expression] = [.destinationAddress(.ipv4), .transportProtocol, .destinationPort]

func slotKey(_ modulus: UInt32) -> [Expression] { frontendKey + [.randomNumber(modulus: modulus)] }

/// A small table of the two-map design, written by hand, so that the tracer is tested without any compiler.
///
/// 10.96.0.10:80 has three endpoints, 10.96.0.20:80 two with session affinity, 10.96.0.30:80 none at all, and
/// 10.96.0.40:80 none on this node.
func twoMapTable() -> TableContents {
    var table = TableContents(v4, comment: "a test")
    let endpoint: SetDeclaration.Contents = .values([.destinationAddress(.ipv4), .destinationPort])
    table.sets = [
        SetDeclaration("services", key: frontendKey, contents: .verdicts),
        SetDeclaration("backends", key: slotKey(65536), contents: endpoint),
        SetDeclaration("sticky-backends", key: slotKey(65536), contents: .verdicts),
        SetDeclaration("undeliverable", key: frontendKey, contents: .verdicts),
        SetDeclaration("cluster-ips", key: [.destinationAddress(.ipv4)]),
        SetDeclaration("hairpins", key: [.sourceAddress(.ipv4), .destinationAddress(.ipv4)]),
        SetDeclaration("affinity-b", key: [.sourceAddress(.ipv4)], contents: endpoint, isDynamic: true, size: 2),
    ]
    table.elements = mapElements + setElements
    table.chains = pickChains + hookChains
    return table
}

private var mapElements: [SetElements] {
    let backends = (0..<3).map { slot in
        let key = frontend("10.96.0.10:80").appending(.number(UInt32(slot)))
        return Element(key, .value(tuple("10.64.0.\(slot + 1):8080")))
    }
    let sticky = (0..<2).map { slot in
        let key = frontend("10.96.0.20:80").appending(.number(UInt32(slot)))
        return Element(key, .verdict(.goto("endpoint-\(slot + 1)")))
    }
    let services = [
        Element(frontend("10.96.0.10:80"), .verdict(.goto("pick-3"))),
        Element(frontend("10.96.0.20:80"), .verdict(.goto("sticky-2"))),
    ]
    let undeliverable = [
        Element(frontend("10.96.0.30:80"), .verdict(.goto("reject-connection"))),
        Element(frontend("10.96.0.40:80"), .verdict(.drop)),
    ]
    return [
        SetElements("services", services), SetElements("backends", backends), SetElements("sticky-backends", sticky),
        SetElements("undeliverable", undeliverable),
    ]
}

private var setElements: [SetElements] {
    let hairpins = (1...3).map { number in
        let endpoint = Datum.address(address("10.64.0.\(number)"))
        return Element(Tuple(endpoint, endpoint))
    }
    return [
        SetElements("cluster-ips", [10, 20, 30, 40].map { Element(Tuple(.address(address("10.96.0.\($0)")))) }),
        SetElements("hairpins", hairpins),
    ]
}

private var pickChains: [Chain] {
    guard let pods = IPPrefix("10.64.0.0/16") else { preconditionFailure("no prefix") }
    let marking = Rule(.matchSource(pods, isNegated: true), .setMarkBits(0x4000))
    let endpoints = (1...2).map { number in
        let target = "10.64.0.\(number):8080"
        return Chain(
            "endpoint-\(number)",
            rules: [
                Rule(.updateMap("affinity-b", key: [.sourceAddress(.ipv4)], timeoutSeconds: 10, data: tuple(target))),
                Rule(.matchProtocol(.tcp), .dnatMap(.ipv4, [.sourceAddress(.ipv4)], map: "affinity-b")),
                Rule(.matchProtocol(.tcp), .dnat(socket(target))),
            ])
    }
    return [
        Chain("pick-3", rules: [marking, Rule(.dnatMap(.ipv4, slotKey(3), map: "backends"))]),
        Chain("sticky-2", rules: [marking, Rule(.verdictMap(slotKey(2), map: "sticky-backends"))]),
    ] + endpoints
}

private var hookChains: [Chain] {
    let dispatch = Rule(.verdictMap(frontendKey, map: "services"))
    let check = [
        Rule(.matchNewConnection, .verdictMap(frontendKey, map: "undeliverable")),
        Rule(.lookup([.destinationAddress(.ipv4)], set: "cluster-ips"), .reject),
    ]
    let hairpin: [Expression] = [.sourceAddress(.ipv4), .destinationAddress(.ipv4)]
    return [
        Chain("reject-connection", rules: [Rule(.reject)]),
        Chain("masquerade-marked", rules: [Rule(.flipMarkBits(0x4000)), Rule(.masqueradeFullyRandom)]),
        Chain("nat-prerouting", hook: BaseHook(.nat, .prerouting, priority: -100), rules: [dispatch]),
        Chain("nat-output", hook: BaseHook(.nat, .output, priority: -100), rules: [dispatch]),
        Chain(
            "nat-postrouting", hook: BaseHook(.nat, .postrouting, priority: 100),
            rules: [
                Rule(.matchMark(0x4000), .verdict(.goto("masquerade-marked"))),
                Rule(.matchTranslatedDestination, .lookup(hairpin, set: "hairpins"), .masqueradeFullyRandom),
            ]),
        Chain("filter-prerouting", hook: BaseHook(.filter, .prerouting, priority: -90), rules: check),
        Chain("filter-output", hook: BaseHook(.filter, .output, priority: -90), rules: check),
    ]
}
