package import ClusterModel
package import ClusterState
package import Discovery
import Threads

/// What came of writing zones.
package struct ZoneReport: Hashable, Sendable {
    /// The zones that are others than before, and those that are gone, sorted.
    package var written: [DNSName] = []
    package var removed: [DNSName] = []
    /// The serial number of what was written.
    package var serial: UInt32 = 0
    /// What could not be done, which ``ZoneWriter/write(secondsSince1970:)`` tries again.
    package var failures: [ZoneFileError] = []

    package init() {}

    /// One line; nil if nothing was done.
    package var summary: String? {
        if written.isEmpty && removed.isEmpty { return nil }
        let names = { (zones: [DNSName]) in
            zones.count <= 3
                ? zones.map(\.text).joined(separator: ", ") : "\(zones[0].text) and \(zones.count - 1) more"
        }
        let parts = [
            written.isEmpty ? nil : "wrote \(names(written)) with serial \(serial)",
            removed.isEmpty ? nil : "removed \(names(removed))",
        ]
        return "zones: " + parts.compactMap { $0 }.joined(separator: ", ")
    }
}

/// Keeps a directory of zone files in step with Services.
package struct ZoneWriter: Sendable {
    private let directory: ZoneDirectory
    private var book: ZoneBook
    /// The serial numbers of the files, by origin.
    private var serials: [DNSName: UInt32] = [:]
    /// The latest serial number that any of them ever had.
    private var lastSerial: UInt32?
    /// Zones that are others than their files.
    private var pending: Set<ZoneName> = []
    /// Zones whose files are to be removed.
    private var gone: Set<DNSName> = []
    /// Zones whose files have been compared once.
    private var compared: Set<DNSName> = []
    private var isStarted = false
    private var memory: ZoneMemory
    private var reported = ReportedDiagnostics<NamespacedName>()

    /// - Throws: if the directory cannot be used at all.
    package init(_ directory: ZoneDirectory, _ settings: DiscoverySettings) throws(ZoneFileError) {
        book = ZoneBook(settings)
        var services: [NamespacedName: ServiceRecords] = [:]
        for origin in try directory.origins() {
            guard case .zone(let zone) = try directory.read(origin) else { continue }
            serials[origin] = zone.serial
            if lastSerial.map({ ZoneSerial.isLater(zone.serial, than: $0) }) ?? true { lastSerial = zone.serial }
            if origin == settings.clusterDomain { services = zone.services() }
        }
        memory = ZoneMemory(services)
        self.directory = directory
    }

    /// Takes in what is others than before. Nothing is written yet.
    ///
    /// - Returns: what is to be said of it, and was not said before.
    package mutating func take(_ changes: ServiceChanges) -> [Diagnostic] {
        let settings = book.settings
        let records = Array(
            Array(changes.services).concurrentMap(inPiecesOf: 256) { piece in
                piece.map { name, state in
                    state.map { ServiceRecords($0.service, $0.slices, settings) } ?? ServiceRecords(service: name)
                }
            }.joined())
        let completed = memory.completed(records, changes.unknown) { changes.services[$0] != .some(nil) }
        pending.formUnion(book.replace(completed))
        let said = records.filter { reported.isUsed || !$0.diagnostics.isEmpty }.sorted { $0.service < $1.service }
        return said.flatMap { reported.news($0.diagnostics, of: $0.service) }
            + reported.news(book.diagnostics, of: NamespacedName("", ""))
    }

    /// Whether something could not be done that is to be tried again.
    package var hasFailed: Bool { isStarted && !(pending.isEmpty && gone.isEmpty) }

    /// Writes the zones that are others than before, and removes those that are gone: only once all others are written, so that a
    /// disk that is full leaves everything as it was.
    package mutating func write(secondsSince1970 seconds: Int) -> ZoneReport {
        let zones = Set(book.zones)
        if !isStarted {
            isStarted = true
            pending = zones
            gone = Set(serials.keys).subtracting(zones.map { $0.origin(book.settings) })
        }
        var report = ZoneReport()
        report.serial = ZoneSerial.next(after: lastSerial, secondsSince1970: seconds)
        var isComplete = true
        for zone in pending.sorted() {
            let origin = zone.origin(book.settings)
            do throws(ZoneFileError) {
                if !zones.contains(zone) { gone.insert(origin) } else { try write(zone, origin, &report) }
                pending.remove(zone)
            } catch {
                report.failures.append(error)
                isComplete = isComplete && error.isForeignFile
            }
        }
        if isComplete { removeGone(&report) }
        if !report.written.isEmpty { lastSerial = report.serial }
        flush(&report)
        return report
    }

    private mutating func write(
        _ zone: ZoneName, _ origin: DNSName, _ report: inout ZoneReport
    ) throws(ZoneFileError) {
        gone.remove(origin)
        // From the first time on it is known what is in a file, as nobody else writes it.
        switch try directory.read(origin, isHeadEnough: !compared.insert(origin).inserted) {
        case .nothing, .marked: break
        case .foreign: throw ZoneFileError(foreign: directory.path(of: origin))
        case .zone(let there): if there.isSame(as: book.file(zone, serial: there.serial)) { return }
        }
        try directory.write(origin, book.file(zone, serial: report.serial))
        serials[origin] = report.serial
        report.written.append(origin)
    }

    private mutating func removeGone(_ report: inout ZoneReport) {
        for origin in gone.sorted() {
            do throws(ZoneFileError) {
                // What was never written here is somebody else's.
                if serials[origin] != nil {
                    try directory.remove(origin)
                    report.removed.append(origin)
                }
                serials[origin] = nil
                gone.remove(origin)
            } catch {
                report.failures.append(error)
            }
        }
    }

    private func flush(_ report: inout ZoneReport) {
        if report.written.isEmpty && report.removed.isEmpty { return }
        do throws(ZoneFileError) {
            try directory.flush()
        } catch {
            report.failures.append(error)
        }
    }
}
