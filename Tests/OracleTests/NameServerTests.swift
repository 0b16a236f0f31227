import ClusterModel
import ClusterState
import Discovery
import Foundation
import NetworkValues
import ProxyConfiguration
import Testing
import TestSupport
import ZoneFiles

extension KernelTests {
    /// Goal: real servers load the zones, and answer as the values say.
    @Suite(.serialized) struct NameServerTests {
        private let folder: URL

        init() throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "sy-zones-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }

        /// All names that there are, at and above records, for all types that they have and one that they may not have; and some
        /// names that are not there.
        private func questions(_ records: DNSRecords, _ zones: [DNSName]) throws -> [DNSQuestion] {
            var types = Dictionary(grouping: records.all, by: \.name).mapValues { $0.map(\.type) }
            for name in types.keys {
                var above = name
                while !zones.contains(above), let parent = above.parent {
                    types[parent] = types[parent] ?? [.ipv4Address]
                    above = parent
                }
            }
            for (index, name) in types.keys.sorted().enumerated() {
                types[name]?.append(RecordType.allCases[index % RecordType.allCases.count])
                if index % 10 == 0, let absent = DNSName("absent.\(name)") { types[absent] = [.ipv4Address] }
            }
            types[try #require(DNSName("elsewhere.example"))] = [.ipv4Address]
            return types.sorted { $0.key < $1.key }.flatMap { name, types in
                Set(types).sorted().map { DNSQuestion(name, $0) }
            }
        }

        @Test(arguments: 0..<2) func everyRecordOfARandomState(seed: UInt64) throws {
            let random = RandomDiscoveryCluster(seed: seed)
            let settings = DiscoverySettings(
                ttl: 7, serverAddresses: [.loopback(.ipv4), .loopback(.ipv6)],
                reverseBlocks: seed % 2 == 0 ? [] : [IPPrefix("10.0.0.0/8"), IPPrefix("fd00::/8")].compactMap { $0 })
            let snapshot = random.snapshot()
            var writer = try ZoneWriter(ZoneDirectory(folder.path()), settings)
            var cluster = KnownCluster()
            _ = cluster.take(StateUpdate(edits: random.edits))
            _ = writer.take(ServiceChanges(snapshot.services.keys, in: cluster))
            let report = writer.write(secondsSince1970: 1_800_000_000)
            #expect(report.failures.isEmpty)
            for zone in report.written {
                try Shell.check(["named-checkzone", "-k", "fail", zone.text, "\(folder.path())/db.\(zone.text)"])
            }
            var book = ZoneBook(settings)
            _ = book.replace(ServiceRecords.all(in: snapshot, settings))
            let records = DNSRecords(book, serial: report.serial)
            let questions = try questions(records, report.written)
            #expect(questions.count > 1000)
            for kind in NameServer.Kind.allCases {
                let server = try NameServer(kind, report.written, in: folder.path())
                for (question, theirs) in zip(questions, try server.ask(questions)) {
                    let ours = records.answer(question.name, question.type)
                    let asked = "\(kind), seed \(seed): \(question.name) \(question.type.rawValue)"
                    #expect(theirs.status == ours.status.rawValue, "\(asked)")
                    #expect(theirs.answers == lines(ours.answers), "\(asked)")
                    if !ours.authority.isEmpty { #expect(theirs.authority == lines(ours.authority), "\(asked)") }
                }
            }
        }

        /// The daemon's zones follow the rules, and a server that is told to reads them again.
        @Test func zonesFollowTheRules() throws {
            let topology = try Topology()
            let switchyard = try SwitchyardCommand(servingWebOn: topology.node)
            let options = ["--dns-zones", folder.path(), "--dns-reverse-blocks", "10.96.0.0/16"]
            var daemon = try switchyard.start(.nftables, options)
            try daemon.wait(for: "the zones") { try zone.contains("\nweb.default.svc A 10.96.0.10\n") }
            let zones = try ["cluster.local", "96.10.in-addr.arpa"].map { try #require(DNSName($0)) }
            let servers = try NameServer.Kind.allCases.map { try NameServer($0, zones, in: folder.path()) }
            let second = DNSQuestion(try #require(DNSName("second.default.svc.cluster.local")), .ipv4Address)
            for address in ["10.96.0.20", "10.96.0.21"] {
                try switchyard.files.addService("second", [address])
                try daemon.wait(for: "the new zone") { try zone.contains("second.default.svc A \(address)\n") }
                for server in servers {
                    try server.reload()
                    try server.wait(for: "the address", second) { $0 == ["\(second.name) 5 IN A \(address)"] }
                }
            }
            // What cannot be read at the start leaves the names as they are, and those of others still change.
            #expect(try daemon.terminate() == 0)
            try switchyard.files.write("service-web.json", "{")
            daemon = try switchyard.start(.nftables, options)
            try switchyard.files.addService("third", ["10.96.0.30"])
            try daemon.wait(for: "the third Service") { try zone.contains("third.default.svc A 10.96.0.30\n") }
            #expect(try zone.contains("web.default.svc A 10.96.0.10\n"))
            try switchyard.files.remove("service-web.json")
            try daemon.wait(for: "the end of the first") { try !zone.contains("web.default.svc A") }
        }

        private var zone: String {
            get throws {
                let path = folder.appending(path: "db.cluster.local").path()
                guard FileManager.default.fileExists(atPath: path) else { return "" }
                return try String(contentsOfFile: path, encoding: .utf8)
            }
        }

        /// A disk that is full leaves the old zones as they are, and nothing half written.
        @Test func aFullDiskHarmsNothing() throws {
            let files = try ClusterFiles()
            try files.addWeb()
            let more = try ClusterFiles()
            for index in 0..<400 { try more.addService("service-\(index)", ["10.96.1.\(index % 250)"]) }
            let command = "\(try SwitchyardCommand.executable) discover dns --zones zones --state"
            let output = try Shell.run([
                "unshare", "--mount", "sh", "-c",
                """
                set -e; cd \(folder.path()); mkdir zones; mount -t tmpfs -o size=24k none zones
                \(command) \(files.folder.path()); cp -r zones before
                status=0; \(command) \(more.folder.path()) >/dev/null || status=$?
                diff -r before zones; ls -A zones; exit $status
                """,
            ])
            #expect(output.status == 1)
            #expect(output.errors.contains("db.cluster.local: cannot write: No space left on device; what was there"))
            #expect(output.output.contains("zones: wrote cluster.local, 96.10.in-addr.arpa, 0.0"))
            #expect(!output.output.contains("diff"))
            #expect(output.output.contains("\ndb.cluster.local\n") && !output.output.contains(".switchyard"))
        }

        private func lines(_ sets: [RecordSet]) -> [String] {
            sets.flatMap { $0.text.split(separator: "\n") }.map { DigAnswer.normalized($0) }.sorted()
        }
    }
}
