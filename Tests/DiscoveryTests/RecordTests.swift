import ClusterModel
import NetworkValues
import Testing

@testable import Discovery

/// Goal: each kind of Service has the records of the specification, and what cannot be one is left out with a word.
@Suite struct RecordTests {
    @Test func aServiceWithClusterIPs() {
        let web = service(
            "web", ["10.96.0.10", "fd96::10"].addresses,
            ports: [
                Service.Port(name: "http", port: 80), Service.Port(name: "dns", transportProtocol: .udp, port: 53),
                Service.Port(port: 81),
            ])
        let endpoints = slice("web-1", of: "web", [endpoint("10.64.1.1", "a")])
        #expect(
            zones([web], [endpoints]).book.lines == [
                "_dns._udp.web.shop.svc.cluster.local. 5 SRV 0 100 53 web.shop.svc.cluster.local.",
                "_http._tcp.web.shop.svc.cluster.local. 5 SRV 0 100 80 web.shop.svc.cluster.local.",
                "web.shop.svc.cluster.local. 5 A 10.96.0.10", "web.shop.svc.cluster.local. 5 AAAA fd96::10",
                "10.0.96.10.in-addr.arpa. 5 PTR web.shop.svc.cluster.local.",
                "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.9.d.f.ip6.arpa. 5 PTR "
                    + "web.shop.svc.cluster.local.",
            ])
    }

    @Test func aHeadlessService() {
        let slices = [
            slice(
                "db-1", of: "db",
                [endpoint("10.64.1.2", "db-0"), endpoint("10.64.1.1"), endpoint("10.64.1.3", isReady: false)]),
            slice("db-2", of: "db", [endpoint("fd00::", isReady: true), endpoint("fd64::2", "db-0")]),
            slice("db-3", of: "db", [endpoint("10.64.1.2", "db-0")], ports: [EndpointSlice.Port(name: "x", port: nil)]),
        ]
        #expect(
            zones([service("db", .headless)], slices).book.lines == [
                "10-64-1-1.db.shop.svc.cluster.local. 5 A 10.64.1.1",
                "_http._tcp.db.shop.svc.cluster.local. 5 SRV 0 100 8080 10-64-1-1.db.shop.svc.cluster.local.",
                "_http._tcp.db.shop.svc.cluster.local. 5 SRV 0 100 8080 db-0.db.shop.svc.cluster.local.",
                "_http._tcp.db.shop.svc.cluster.local. 5 SRV 0 100 8080 fd00--0.db.shop.svc.cluster.local.",
                "db-0.db.shop.svc.cluster.local. 5 A 10.64.1.2", "db-0.db.shop.svc.cluster.local. 5 AAAA fd64::2",
                "db.shop.svc.cluster.local. 5 A 10.64.1.1", "db.shop.svc.cluster.local. 5 A 10.64.1.2",
                "db.shop.svc.cluster.local. 5 AAAA fd00::", "db.shop.svc.cluster.local. 5 AAAA fd64::2",
                "fd00--0.db.shop.svc.cluster.local. 5 AAAA fd00::",
                "1.1.64.10.in-addr.arpa. 5 PTR 10-64-1-1.db.shop.svc.cluster.local.",
                "2.1.64.10.in-addr.arpa. 5 PTR db-0.db.shop.svc.cluster.local.",
                "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa. 5 PTR "
                    + "fd00--0.db.shop.svc.cluster.local.",
                "2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.4.6.d.f.ip6.arpa. 5 PTR "
                    + "db-0.db.shop.svc.cluster.local.",
            ])
    }

    @Test func addressesWithoutPortsAndFurtherOnes() {
        let slices = [
            slice("db-1", of: "db", [endpoint("10.64.1.1", "a", further: ["10.64.1.2", "fd00::1"])], ports: [])
        ]
        let lines = zones([service("db", .headless, ports: [])], slices).book.lines
        #expect(lines.filter { $0.hasPrefix("a.db.") }.map { $0.suffix(9) } == ["10.64.1.1", "10.64.1.2"])
        #expect(!lines.contains { $0.contains("SRV") || $0.contains("fd00") })
    }

    @Test func anAlias() {
        let lines = zones([service("api", type: .externalName, externalName: "API.example.com.")]).book.lines
        #expect(lines == ["api.shop.svc.cluster.local. 5 CNAME api.example.com."])
    }

    @Test func whatIsNotAllocatedHasNoName() {
        #expect(zones([service("web")]).book.lines.isEmpty)
    }

    /// Several Services select a Pod: it has several names. A cluster IP is nobody else's.
    @Test func namesOfOneAddress() {
        let services = [service("a", .headless), service("b", .headless), service("c", ["10.64.1.2"].addresses)]
        let slices = ["a", "b"].map {
            slice($0, of: $0, [endpoint("10.64.1.1", "x"), endpoint("10.64.1.2", "y"), endpoint("10.64.1.1", "z")])
        }
        #expect(
            zones(services, slices).book.lines.filter { $0.contains("PTR") } == [
                "1.1.64.10.in-addr.arpa. 5 PTR x.a.shop.svc.cluster.local.",
                "1.1.64.10.in-addr.arpa. 5 PTR z.a.shop.svc.cluster.local.",
                "1.1.64.10.in-addr.arpa. 5 PTR x.b.shop.svc.cluster.local.",
                "1.1.64.10.in-addr.arpa. 5 PTR z.b.shop.svc.cluster.local.",
                "2.1.64.10.in-addr.arpa. 5 PTR c.shop.svc.cluster.local.",
            ])
    }

    /// A host name can neither begin nor end with a hyphen; several servers refuse a zone that has one.
    @Test(arguments: [("::5", "0--5"), ("fd00::", "fd00--0"), ("fd00::1", "fd00--1"), ("10.0.0.1", "10-0-0-1")])
    func namesOfEndpointsWithoutHostName(address: String, label: String) {
        let lines = zones([service("db", .headless)], [slice("db", of: "db", [endpoint(address)])]).book.lines
        #expect(lines.contains { $0.hasPrefix("\(label).db.shop.") })
    }

    @Test(arguments: [
        ("10.1.2.3", "is an address"), ("fd00::1", "is an address"), ("", "Required value"),
        (String(repeating: "a", count: 64) + ".example", "must be a name in DNS"), ("a..b", "must be a name in DNS"),
        ("a b", "must be a name in DNS"), (String(repeating: "a.", count: 127) + "b", "must be a name in DNS"),
    ])
    func anAliasThatIsNone(name: String, reason: String) {
        let (book, diagnostics) = zones([
            service("api", type: .externalName, externalName: name), service("web", ["10.96.0.1"].addresses),
        ])
        #expect(book.lines.count == 3, "the other Service is there")
        #expect(diagnostics.count == 1)
        #expect(diagnostics.first?.hasPrefix("Service shop/api: spec.externalName: ") == true)
        #expect(diagnostics.first?.contains(reason) == true && diagnostics.first?.hasSuffix("left out of DNS") == true)
    }

    @Test func portsWhoseNamesAreTooLongForDNS() {
        let longest = String(repeating: "a", count: 62)
        let ports = [Service.Port(name: longest, port: 1), Service.Port(name: longest + "a", port: 2)]
        let (book, diagnostics) = zones([service("web", ["10.96.0.1"].addresses, ports: ports)])
        #expect(book.lines.filter { $0.contains("SRV") }.count == 1)
        #expect(diagnostics.count == 1)
        #expect(diagnostics.first?.hasPrefix("Service shop/web: spec.ports[1].name: Invalid value: \"aaa") == true)
    }

    @Test func namesThatAreNoLabels() {
        let (book, diagnostics) = zones(
            [
                service("a.b", ["10.96.0.1"].addresses), service("x", .headless),
                service("y", .headless, namespace: "_y"),
            ],
            [slice("x-1", of: "x", [endpoint("10.64.1.1", "_x"), endpoint("10.64.1.2", "ok")])])
        #expect(
            book.lines == [
                "_http._tcp.x.shop.svc.cluster.local. 5 SRV 0 100 8080 ok.x.shop.svc.cluster.local.",
                "ok.x.shop.svc.cluster.local. 5 A 10.64.1.2", "x.shop.svc.cluster.local. 5 A 10.64.1.1",
                "x.shop.svc.cluster.local. 5 A 10.64.1.2",
                "2.1.64.10.in-addr.arpa. 5 PTR ok.x.shop.svc.cluster.local.",
            ])
        #expect(
            diagnostics.map { $0.prefix(while: { $0 != "\"" }) } == [
                "Service _y/y: metadata.namespace: Invalid value: ", "Service shop/a.b: metadata.name: Invalid value: ",
                "EndpointSlice shop/x-1: endpoints[0].hostname: Invalid value: ",
            ])
    }

    /// With the longest domain of a cluster, names of hosts and ports may not fit.
    @Test func namesThatAreTooLong() {
        let label = String(repeating: "a", count: 63)
        let domain = name("\(label).\(String(repeating: "b", count: 56))")
        #expect(DiscoverySettings.isClusterDomain(domain))
        let long = service(label, .headless, namespace: label)
        let slices = [slice("x", of: label, namespace: label, [endpoint("10.64.1.1", label)])]
        let (book, diagnostics) = zones([long], slices, DiscoverySettings(clusterDomain: domain))
        #expect(book.lines.count == 1)
        #expect(diagnostics.count == 2)
        #expect(diagnostics.allSatisfy { $0.contains("makes a name of more than 253 bytes in DNS") })
    }

    @Test func manyFaultsOfOneServiceAreFewLines() {
        let endpoints = (1...50).map { endpoint("10.64.1.\($0)", "_") }
        let diagnostics = zones([service("db", .headless)], [slice("db", of: "db", endpoints)]).diagnostics
        #expect(diagnostics.count == 11)
        #expect(diagnostics.last == "Service shop/db: and 40 more problems")
    }

    /// An answer of more than 64 KiB cannot be given.
    @Test func moreRecordsThanAnAnswerHasRoomFor() {
        let endpoints = (0..<5000).map { endpoint("10.64.\($0 / 256).\($0 % 256)") }
        let slices = [slice("db-1", of: "db", endpoints), slice("db-2", of: "db", [endpoint("fd64::1")])]
        let (book, diagnostics) = zones([service("db", .headless)], slices)
        #expect(book.lines.filter { $0.hasPrefix("db.shop.svc.cluster.local. 5 A ") }.count == 4062)
        #expect(book.lines.contains("db.shop.svc.cluster.local. 5 AAAA fd64::1"))
        let most = "and an answer has room for"
        #expect(
            diagnostics == [
                "Service shop/db: its name has 5000 A records, \(most) 4062; the others are left out of DNS",
                "Service shop/db: _http._tcp below its name has 5001 SRV records, \(most) 1137; the others are left out of DNS",
            ])
    }

    @Test func moreNamesThanAnAnswerHasRoomFor() {
        let services = (0..<300).map { service("s\($0)", ["10.96.0.1"].addresses) }
        #expect(zones(services).book.lines.filter { $0.contains("PTR") }.count == AddressNames.namesMax)
    }
}
