import ClusterModel
import NetworkValues
import RuleTesting
import Testing

@testable import Discovery

/// Goal: zone files say what the records are, and a change of one Service gives the zones that a fresh start would.
@Suite struct ZoneTests {
    private func text(_ book: ZoneBook, _ zone: ZoneName) -> String {
        String(decoding: book.file(zone, serial: 7), as: UTF8.self)
    }

    @Test func files() {
        let settings = DiscoverySettings(ttl: 30, serverAddresses: [ip("10.96.0.10"), ip("fd96::10")])
        let book = zones(
            [service("web", ["10.96.0.10"].addresses), service("db", .headless)],
            [slice("db-1", of: "db", [endpoint("10.64.1.1", "a"), endpoint("10.64.1.2")])], settings
        ).book
        #expect(
            text(book, .cluster) == """
                ; Written by switchyard: what is changed by hand is lost.
                $ORIGIN cluster.local.
                $TTL 30
                @ SOA ns.dns hostmaster.cluster.local. 7 7200 1800 86400 30
                 NS ns.dns
                ns.dns A 10.96.0.10
                ns.dns AAAA fd96::10
                dns-version 28800 TXT "1.1.0"
                db.shop.svc A 10.64.1.1
                 A 10.64.1.2
                10-64-1-2.db.shop.svc A 10.64.1.2
                a.db.shop.svc A 10.64.1.1
                _http._tcp.db.shop.svc SRV 0 100 8080 10-64-1-2.db.shop.svc
                 SRV 0 100 8080 a.db.shop.svc
                web.shop.svc A 10.96.0.10
                _http._tcp.web.shop.svc SRV 0 100 80 web.shop.svc

                """)
        #expect(book.zones == [.cluster, .reverse(block("10.64.0.0/16")), .reverse(block("10.96.0.0/16"))])
        #expect(
            text(book, .reverse(block("10.64.0.0/16"))) == """
                ; Written by switchyard: what is changed by hand is lost.
                $ORIGIN 64.10.in-addr.arpa.
                $TTL 30
                @ SOA ns hostmaster.cluster.local. 7 7200 1800 86400 30
                 NS ns
                ns A 10.96.0.10
                ns AAAA fd96::10
                1.1 PTR a.db.shop.svc.cluster.local.
                2.1 PTR 10-64-1-2.db.shop.svc.cluster.local.

                """)
    }

    @Test(arguments: [
        ("10.1.2.3", "10.1.0.0/16"), ("172.31.2.3", "172.31.0.0/16"), ("100.64.2.3", "100.64.0.0/16"),
        ("192.168.2.3", "192.168.2.0/24"), ("203.0.113.5", "203.0.113.0/24"), ("172.32.2.3", "172.32.2.0/24"),
        ("fd64:0:0:1::1", "fd64::/56"), ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
    ])
    func reverseZonesClaimLittle(address: String, zone: String) {
        #expect(ReverseZones([]).block(of: ip(address)) == block(zone))
        #expect(ReverseZones([block("::/4"), block("0.0.0.0/8")]).block(of: ip(address)) == block(zone))
    }

    @Test func givenReverseZonesAreThereEvenIfEmpty() {
        let blocks = [block("10.0.0.0/8"), block("10.96.0.0/24"), block("fd00::/8")]
        let book = zones([service("web", ["10.96.0.10", "10.97.0.1"].addresses)], [], .init(reverseBlocks: blocks)).book
        #expect(book.zones == [.cluster] + blocks.map { .reverse($0) })
        #expect(text(book, .reverse(blocks[1])).hasSuffix("\n10 PTR web.shop.svc.cluster.local.\n"))
        #expect(text(book, .reverse(blocks[0])).hasSuffix("\n1.0.97 PTR web.shop.svc.cluster.local.\n"))
        #expect(text(book, .reverse(blocks[2])).hasSuffix("\n NS ns\nns A 127.0.0.1\n"))
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        let services = [
            service("web", ["10.96.0.10", "fd96::10"].addresses), service("db", .headless), service("none", .headless),
            service("api", type: .externalName, externalName: "example.com"),
        ]
        let slices = [
            slice("db-1", of: "db", [endpoint("10.64.1.1", "a"), endpoint("10.64.1.2")]),
            slice("db-2", of: "db", [endpoint("fd64::1", "a")]),
        ]
        let book = zones(services, slices).book
        let zone = try #require(WrittenZone(book.file(.cluster, serial: 4_294_967_295)))
        #expect(zone.origin == name("cluster.local") && zone.serial == 4_294_967_295)
        let read = zone.services()
        #expect(read.mapValues(\.sets) == book.services.mapValues(\.sets))
        #expect(read.mapValues { Set($0.pointers) } == book.services.mapValues { Set($0.pointers) })
        #expect(WrittenZone(book.file(.reverse(block("10.64.0.0/16")), serial: 1))?.services().isEmpty == true)
        for other in ["", "; mine\n", ZoneText.mark, ZoneText.mark + "$ORIGIN x.\n$TTL 5\n@ SOA a b c\n"] {
            #expect(WrittenZone(Array(other.utf8)) == nil)
        }
    }

    @Test(
        arguments: [
            (nil, 100, 100), (99, 100, 100), (100, 100, 101), (500, 100, 501), (UInt32.max, 100, 100),
            (UInt32.max - 1, 4_294_967_290, UInt32.max), (UInt32.max, 4_294_967_290, 1),
            (nil, 0, 1), (nil, 1 << 32, 1),
        ] as [(UInt32?, Int, UInt32)])
    func serialsOnlyRise(last: UInt32?, seconds: Int, next: UInt32) {
        #expect(ZoneSerial.next(after: last, secondsSince1970: seconds) == next)
    }

    @Test func thereAreNotTooManyZones() {
        let endpoints =
            (0..<1100).map { endpoint("198.18.\($0 / 256).\($0 % 256)") }
            + (0..<1100).map { endpoint("198.\(20 + $0 / 256).\($0 % 256).1") }
        let book = zones([service("db", .headless)], [slice("db", of: "db", endpoints)]).book
        #expect(book.zones.count == ZoneBook.reverseZonesMax + 1)
        #expect(book.diagnostics.count == 1)
        #expect(book.diagnostics.first?.description.contains("no more are made: 8") == true)
    }

    /// Random edits, one after another, give what a fresh book of the last state gives.
    @Test(arguments: 0..<20) func changesGiveWhatAStartGives(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let settings = DiscoverySettings()
        var cluster = ClusterSnapshot()
        var book = ZoneBook(settings)
        var files: [ZoneName: [UInt8]] = [.cluster: book.file(.cluster, serial: 1)]
        for _ in 0..<60 {
            let edits = (0..<Int.random(in: 1...20, using: &random)).map { _ in randomEdit(&random) }
            let changed = cluster.apply(edits).services
            let zones = book.replace(changed.map { ServiceRecords.all(of: $0, in: cluster, settings) })
            var fresh = ZoneBook(settings)
            _ = fresh.replace(ServiceRecords.all(in: cluster, settings))
            #expect(book.zones == fresh.zones)
            for zone in book.zones {
                let file = book.file(zone, serial: 1)
                #expect(file == fresh.file(zone, serial: 1))
                #expect(zones.contains(zone) == (files[zone] != file), "\(zone) is said to be another if it is")
                files[zone] = file
            }
            files = files.filter { book.zones.contains($0.key) }
        }
    }
}

private func randomEdit(_ random: inout SeededGenerator) -> ObjectEdit {
    let name = "s\(Int.random(in: 0..<8, using: &random))"
    if Int.random(in: 0..<6, using: &random) == 0 {
        return .delete(ObjectReference(.service, NamespacedName("shop", name)))
    }
    let number = Int.random(in: 1...40, using: &random)
    switch Int.random(in: 0..<4, using: &random) {
    case 0: return .put(.service(service(name, [IPAddress(ipv4: 0x0a60_0000 + UInt32(number))])))
    case 1: return .put(.service(service(name, .headless)))
    case 2: return .put(.service(service(name, type: .externalName, externalName: "x\(number).example")))
    default:
        let endpoints = (0..<Int.random(in: 0...3, using: &random)).map { index in
            endpoint("10.\(number % 3).0.\(number + index)", number % 2 == 0 ? "h\(index)" : nil)
        }
        return .put(.endpointSlice(slice("\(name)-\(number % 2)", of: name, endpoints)))
    }
}
