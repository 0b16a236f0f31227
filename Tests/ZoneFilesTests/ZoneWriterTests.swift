import ClusterModel
import ClusterState
import Discovery
import Foundation
import NetworkValues
import Testing
import ZoneFiles

/// Goal: the files are the zones, are replaced only when they are others, and never get a serial number twice.
@Suite struct ZoneWriterTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func writer(_ settings: DiscoverySettings = DiscoverySettings()) throws -> ZoneWriter {
        try ZoneWriter(ZoneDirectory(folder.path), settings)
    }

    private func serial(_ origin: String) throws -> UInt32? {
        guard let origin = DNSName(origin), case .zone(let zone) = try ZoneDirectory(folder.path).read(origin) else {
            return nil
        }
        return zone.serial
    }

    @Test func filesComeAndGo() throws {
        do {
            var writer = try writer()
            #expect(writer.take(changes(["web": web("10.96.0.10")])).isEmpty)
            let report = writer.write(secondsSince1970: 1000)
            #expect(report.summary == "zones: wrote cluster.local, 96.10.in-addr.arpa with serial 1000")
            #expect(try folder.names == ["db.96.10.in-addr.arpa", "db.cluster.local"])
            #expect(try folder.read("db.cluster.local").contains("\nweb.shop.svc A 10.96.0.10\n"))
            #expect(writer.write(secondsSince1970: 1001).summary == nil)
            _ = writer.take(changes(["web": web("10.97.0.10")]))
            #expect(
                writer.write(secondsSince1970: 1000).summary
                    == "zones: wrote cluster.local, 97.10.in-addr.arpa with serial 1001, removed 96.10.in-addr.arpa")
        }
        #expect(try folder.names == ["db.97.10.in-addr.arpa", "db.cluster.local"])
        #expect(try serial("cluster.local") == 1001 && serial("97.10.in-addr.arpa") == 1001)
    }

    /// A process that begins finds what another one has left.
    @Test func aStartChangesOnlyWhatIsOther() throws {
        for (address, seconds, written) in [
            ("10.96.0.1", 1000, 2), ("10.96.0.1", 2000, 0), ("10.96.0.2", 500, 2), ("10.97.0.2", 500, 2),
        ] {
            var writer = try writer()
            _ = writer.take(changes(["web": web(address)]))
            #expect(writer.write(secondsSince1970: seconds).written.count == written)
        }
        #expect(try serial("cluster.local") == 1002)
        #expect(try folder.names == ["db.97.10.in-addr.arpa", "db.cluster.local"])
    }

    /// A zone that comes again has another number than the one that went.
    @Test func aZoneThatComesAgain() throws {
        var writer = try writer()
        var serials: [UInt32] = []
        for state in [web("10.96.0.1"), nil, web("10.96.0.1"), nil, web("10.96.0.1")] {
            _ = writer.take(changes(["web": state]))
            let report = writer.write(secondsSince1970: 1000)
            #expect(report.failures.isEmpty)
            serials.append(report.serial)
        }
        #expect(serials == [1000, 1001, 1002, 1003, 1004])
    }

    @Test func otherFilesAreLeftAlone() throws {
        let foreign = "$ORIGIN 96.10.in-addr.arpa.\n"
        try folder.write("db.96.10.in-addr.arpa", foreign)
        try folder.write("db.example.com", "mine")
        try folder.write("notes", "mine")
        try folder.write("db.cluster.local", "")
        var writer = try writer()
        _ = writer.take(changes(["web": web("10.96.0.1")]))
        let report = writer.write(secondsSince1970: 1000)
        #expect(report.written.map(\.text) == ["cluster.local"])
        #expect(report.failures.count == 1)
        #expect(report.failures.first?.description.contains("db.96.10.in-addr.arpa: is no file that") == true)
        #expect(try folder.read("db.96.10.in-addr.arpa") == foreign)
        #expect(try folder.names == ["db.96.10.in-addr.arpa", "db.cluster.local", "db.example.com", "notes"])
        // Once it is out of the way, the zone is written.
        try folder.remove("db.96.10.in-addr.arpa")
        #expect(writer.hasFailed)
        #expect(writer.write(secondsSince1970: 1000).written.map(\.text) == ["96.10.in-addr.arpa"])
        #expect(!writer.hasFailed)
    }

    @Test func anotherDomainTakesThePlace() throws {
        do {
            var first = try writer()
            _ = first.take(changes(["web": web("10.96.0.1")]))
            _ = first.write(secondsSince1970: 1000)
        }
        let settings = DiscoverySettings(clusterDomain: try #require(DNSName("other.test")))
        var second = try writer(settings)
        _ = second.take(changes(["web": web("10.96.0.1")]))
        #expect(second.write(secondsSince1970: 1000).removed.map(\.text) == ["cluster.local"])
        #expect(try folder.names == ["db.96.10.in-addr.arpa", "db.other.test"])
    }

    @Test func thereIsOneWriter() throws {
        let writer = try writer()
        do {
            _ = try ZoneDirectory(folder.path)
            Issue.record("two processes may write")
        } catch {
            #expect("\(error)" == "\(folder.path): another process of switchyard writes the zones there")
        }
        #expect(!writer.hasFailed)
        #expect(throws: ZoneFileError.self) { try ZoneDirectory(folder.path + "/none") }
    }

    /// As long as some input cannot be read, what the files said of its Services stays.
    @Test func whatIsNotKnownStays() throws {
        let db = ServiceState(headless("db"), [slice("db", ["10.64.1.1", "10.64.1.2"])])
        let start = { (unknown: UnknownState) in
            ServiceChanges(["db": db, "web": web("10.96.0.1")].byName, unknown: unknown)
        }
        var writer: ZoneWriter? = try writer()
        _ = writer?.take(start(.nothing))
        _ = writer?.write(secondsSince1970: 1000)
        let complete = try folder.read("db.cluster.local")

        writer = nil
        var next = try self.writer()
        _ = next.take(ServiceChanges(["web": web("10.96.0.1")].byName, unknown: .anything))
        #expect(next.write(secondsSince1970: 1000).summary == nil)
        #expect(try folder.read("db.cluster.local") == complete)
        // The Service is known again, but one of its slices is not.
        let some = ServiceState(headless("db"), [slice("db", ["10.64.1.3"])])
        _ = next.take(ServiceChanges(["db": some].byName, unknown: .services([NamespacedName("shop", "db")])))
        _ = next.write(secondsSince1970: 1000)
        for address in 1...3 {
            #expect(try folder.read("db.cluster.local").contains("db.shop.svc A 10.64.1.\(address)\n"))
        }
        // All is known.
        _ = next.take(ServiceChanges(unknown: .nothing))
        _ = next.write(secondsSince1970: 1000)
        #expect(try !folder.read("db.cluster.local").contains("10.64.1.1"))
        #expect(try folder.read("db.cluster.local").contains("10.64.1.3"))
    }

    /// The keeper writes in the background what it is told of, and what came last is on the disk when it has ended.
    @Test func theKeeperWritesAllThatCame() throws {
        let keeper = ZoneKeeper(try writer()) { _ in }
        for number in 1...50 { keeper.take(changes(["web-\(number)": web("10.96.0.\(number)", "web-\(number)")])) }
        keeper.finish()
        let text = try folder.read("db.cluster.local")
        for number in 1...50 { #expect(text.contains("\nweb-\(number).shop.svc A 10.96.0.\(number)\n")) }
    }

    @Test func complaintsAreMadeOnce() throws {
        var writer = try writer()
        let bad = ServiceState(
            Service(
                metadata: ObjectMetadata(name: NamespacedName("shop", "bad")), type: .externalName,
                externalName: "10.1.2.3"), [])
        #expect(writer.take(changes(["bad": bad])).count == 1)
        #expect(writer.take(changes(["bad": bad])).isEmpty)
        #expect(writer.take(changes(["bad": nil])).isEmpty)
        #expect(writer.take(changes(["bad": bad])).count == 1)
    }
}

private func changes(_ services: [String: ServiceState?]) -> ServiceChanges {
    ServiceChanges(services.byName, unknown: .nothing)
}

private func web(_ address: String, _ name: String = "web") -> ServiceState {
    ServiceState(
        Service(
            metadata: ObjectMetadata(name: NamespacedName("shop", name)),
            clusterIPs: Service.ClusterIPs([IPAddress(address)].compactMap { $0 })), [])
}

private func headless(_ name: String) -> Service {
    Service(metadata: ObjectMetadata(name: NamespacedName("shop", name)), clusterIPs: .headless)
}

private func slice(_ service: String, _ addresses: [String]) -> EndpointSlice {
    EndpointSlice(
        metadata: ObjectMetadata(name: NamespacedName("shop", service)), service: NamespacedName("shop", service),
        family: .ipv4, ports: [],
        endpoints: addresses.compactMap { IPAddress($0) }.map { EndpointSlice.Endpoint(address: $0) })
}

extension [String: ServiceState?] {
    fileprivate var byName: [NamespacedName: ServiceState?] {
        reduce(into: [:]) { $0[NamespacedName("shop", $1.key)] = .some($1.value) }
    }
}

/// A folder that goes with the value.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "sy-zones-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            FileHandle.standardError.write(Data("leaving \(path) behind: \(error)\n".utf8))
        }
    }

    /// All names in it, sorted.
    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }

    func read(_ name: String) throws -> String { try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8) }

    func write(_ name: String, _ text: String) throws {
        try Data(text.utf8).write(to: URL(filePath: "\(path)/\(name)"))
    }

    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: "\(path)/\(name)") }
}
