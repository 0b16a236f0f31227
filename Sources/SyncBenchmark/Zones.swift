import ClusterModel
import ClusterState
import Discovery
import Foundation
import ZoneFiles

/// Zone files: all of them against the time that `named-checkzone` needs to read them, and one endpoint replaced against the time
/// that the file of its zone takes to be written.
enum Zones {
    private static let serviceCount = 10000
    private static let rounds = 15

    static func run() throws {
        try run("cluster IPs", SyntheticCluster(serviceCount, 2)) { $0 }
        try run("headless", SyntheticCluster(serviceCount, 2)) { service in
            var service = service
            service.clusterIPs = .headless
            return service
        }
    }

    private static func run(
        _ kind: String, _ synthetic: SyntheticCluster, _ change: (Service) -> Service
    ) throws {
        var synthetic = synthetic
        let folder = FileManager.default.temporaryDirectory.appending(path: "switchyard-bench-\(UUID().uuidString)")
        defer { remove(folder) }
        var cluster = KnownCluster()
        let edits = synthetic.edits.map { edit in
            guard case .put(.service(let service)) = edit else { return edit }
            return ObjectEdit.put(.service(change(service)))
        }
        _ = cluster.take(StateUpdate(edits: edits))
        let changes = ServiceChanges(cluster.snapshot.services.keys, in: cluster)
        var (ours, theirs): ([Int], [Int]) = ([], [])
        var last: ZoneWriter?
        for _ in 0..<rounds {
            last = nil
            remove(folder)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            var writer = try ZoneWriter(ZoneDirectory(folder.path()), DiscoverySettings())
            var report = ZoneReport()
            let elapsed = ContinuousClock().measure {
                _ = writer.take(changes)
                report = writer.write(secondsSince1970: 1_800_000_000)
            }
            ours.append(Int(elapsed / .microseconds(1)))
            theirs.append(
                try report.written.reduce(0) {
                    try $0 + measure(["named-checkzone", "-q", $1.text, "\(folder.path())/db.\($1.text)"])
                })
            last = writer
        }
        print(
            "zones: \(serviceCount) Services with \(kind), 2 endpoints each, written \(milliseconds(ours)) ms; named-checkzone "
                + "reads them in \(milliseconds(theirs)) ms; ratio \(ratio(median(ours), median(theirs))) (wanted: below 0.5)"
        )
        guard var writer = last else { return }
        var (single, file): ([Int], [Int]) = ([], [])
        for round in 0..<101 {
            let edit = synthetic.replaceEndpoint(ofService: round * 37 % serviceCount)
            let changed = cluster.take(StateUpdate(edits: [edit])).change.services
            var written = 0
            let elapsed = ContinuousClock().measure {
                _ = writer.take(ServiceChanges(changed, in: cluster))
                written = writer.write(secondsSince1970: 1_800_000_000).written.count
            }
            single.append(Int(elapsed / .microseconds(1)))
            if kind == "headless" { precondition(written == 2, "both zones") }
            file.append(try rewrite(folder))
        }
        print(
            "  one endpoint replaced \(milliseconds(single)) ms; the same files written \(milliseconds(file)) ms")
    }

    /// - Returns: the microseconds that it takes to write all zones again as they are, as safely.
    private static func rewrite(_ folder: URL) throws -> Int {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path()).map { name in
            (name, [UInt8](try Data(contentsOf: folder.appending(path: name))))
        }
        let other = folder.appending(path: "other")
        try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
        defer { remove(other) }
        let directory = try ZoneDirectory(other.path())
        let elapsed = try ContinuousClock().measure {
            for (name, bytes) in files {
                guard let origin = DNSName(name.dropFirst("db.".count)) else { continue }
                try directory.write(origin, bytes)
            }
            try directory.flush()
        }
        return Int(elapsed / .microseconds(1))
    }

    private static func remove(_ folder: URL) {
        do {
            try FileManager.default.removeItem(at: folder)
        } catch CocoaError.fileNoSuchFile {
            return
        } catch {
            print("leaving \(folder.path()) behind: \(error)")
        }
    }
}
