import ClusterModel
import NetworkValues
import Testing

@testable import Discovery

/// Goal: a question gets the answer of a server that has the zones.
@Suite struct AnswerTests {
    private let records: DNSRecords

    init() {
        let services = [
            service("web", ["10.96.0.10"].addresses), service("db", .headless), service("none", .headless),
            service("api", type: .externalName, externalName: "example.com"),
            service("inner", type: .externalName, externalName: "web.shop.svc.cluster.local"),
            service("dangling", type: .externalName, externalName: "nobody.shop.svc.cluster.local"),
            service("loop", type: .externalName, externalName: "loop.shop.svc.cluster.local"),
        ]
        let slices = [slice("db-1", of: "db", [endpoint("10.64.1.1", "a"), endpoint("10.64.1.2", "b")])]
        records = DNSRecords(zones(services, slices).book, serial: 1)
    }

    private func ask(_ text: String, _ type: RecordType? = .ipv4Address, from namespace: String = "shop") -> [String] {
        let list = SearchList(namespace: namespace, name("cluster.local"))
        guard let (_, answer) = list.lookUp(text, type, in: records) else { return [] }
        return [answer.status.rawValue] + answer.answers.flatMap(\.data).map(\.description)
            + answer.authority.map { "(\($0.type.rawValue))" }
    }

    @Test(arguments: [
        ("web.shop.svc.cluster.local.", ["NOERROR", "10.96.0.10"]), ("WEB.shop", ["NOERROR", "10.96.0.10"]),
        ("web", ["NOERROR", "10.96.0.10"]), ("db.shop.svc", ["NOERROR", "10.64.1.1", "10.64.1.2"]),
        ("a.db", ["NOERROR", "10.64.1.1"]), ("none", ["NXDOMAIN", "(SOA)"]), ("nobody", ["NXDOMAIN", "(SOA)"]),
        ("shop.svc.cluster.local.", ["NOERROR", "(SOA)"]), ("_tcp.web.shop.svc.cluster.local", ["NOERROR", "(SOA)"]),
        ("inner", ["NOERROR", "web.shop.svc.cluster.local.", "10.96.0.10"]), ("api", ["NOERROR", "example.com."]),
        ("dangling", ["NXDOMAIN", "nobody.shop.svc.cluster.local.", "(SOA)"]),
        ("loop", ["NOERROR", "loop.shop.svc.cluster.local."]), ("example.com.", ["REFUSED"]),
        ("ns.dns.cluster.local", ["NOERROR", "127.0.0.1"]),
    ])
    func addresses(question: String, answer: [String]) {
        #expect(ask(question) == answer)
    }

    @Test func otherTypes() {
        #expect(ask("web", .ipv6Address) == ["NOERROR", "(SOA)"])
        #expect(ask("web", .alias) == ["NOERROR", "(SOA)"])
        #expect(ask("api", .alias) == ["NOERROR", "example.com."])
        #expect(ask("dns-version.cluster.local", .text) == ["NOERROR", "\"1.1.0\""])
        #expect(ask("_http._tcp.web", .service) == ["NOERROR", "0 100 80 web.shop.svc.cluster.local."])
        #expect(ask("10.0.96.10.in-addr.arpa.", .pointer) == ["NOERROR", "web.shop.svc.cluster.local."])
        #expect(ask("11.0.96.10.in-addr.arpa.", .pointer) == ["NXDOMAIN", "(SOA)"])
        #expect(ask("10.0.0.10.in-addr.arpa.", .pointer) == ["REFUSED"])
        #expect(ask("cluster.local.", nil).count == 3)
    }

    @Test func addressesOfTargetsComeAlong() {
        let answer = records.answer(name("_http._tcp.db.shop.svc.cluster.local"), .service)
        #expect(answer.additional.flatMap(\.data).map(\.description) == ["10.64.1.1", "10.64.1.2"])
        #expect(answer.digText(name("x.y"), .service).contains("ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 2"))
    }

    @Test func theSearchListDependsOnTheNamespace() {
        #expect(ask("web", from: "default").first == "NXDOMAIN")
        #expect(ask("web.shop", from: "default") == ["NOERROR", "10.96.0.10"])
    }

    @Test(arguments: [
        "", ".", "a..b", "a b", String(repeating: "a", count: 64), String(repeating: "a.", count: 127) + "b",
    ])
    func noNames(text: String) {
        #expect(DNSName(text) == nil)
    }

    @Test func longNames() {
        #expect(DNSName(String(repeating: "a", count: 63)) != nil)
        #expect(DNSName(String(repeating: "a.", count: 126) + "b.") != nil)
        #expect(name("A.B.").parent == name("b") && name("b").parent == nil)
        #expect(name("xb.c").isIn(name("b.c")) == false && name("b.c").isIn(name("b.c")))
    }
}
