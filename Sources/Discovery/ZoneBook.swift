package import ClusterModel
import NetworkValues
import Threads

/// All zones of a cluster, kept in step with its Services: a change costs what changed.
package struct ZoneBook: Sendable {
    package let settings: DiscoverySettings
    /// What each Service has in DNS; those that have nothing are not here.
    package private(set) var services: [NamespacedName: ServiceRecords] = [:]
    private var names: [IPAddress: AddressNames] = [:]
    private var cluster = SortedParts<NamespacedName>()
    private var reverse: [IPPrefix: SortedParts<IPAddress>] = [:]
    private let reverseZones: ReverseZones
    /// Addresses that are in no zone, since there would be too many zones.
    private var addressesWithoutZone: Set<IPAddress> = []

    /// How many reverse zones there may be: whoever may write endpoints could make one with each address.
    static let reverseZonesMax = 1024

    /// The zones of a cluster without Services.
    package init(_ settings: DiscoverySettings) {
        self.settings = settings
        reverseZones = ReverseZones(settings.reverseBlocks)
        for block in settings.reverseBlocks { reverse[block] = SortedParts() }
    }

    /// What there is, sorted.
    package var zones: [ZoneName] { [.cluster] + reverse.keys.map { .reverse($0) }.sorted() }

    /// Takes in what these Services have; what they had before does not hold any more.
    ///
    /// - Returns: the zones that are others than before, among them those that are gone.
    package mutating func replace(_ changes: [ServiceRecords]) -> Set<ZoneName> {
        var touched: [IPAddress] = []
        var changed: [ServiceRecords] = []
        if services.isEmpty {
            services.reserveCapacity(changes.count)
            names.reserveCapacity(changes.count)
        }
        for records in changes {
            let isNothing = records.sets.isEmpty && records.diagnostics.isEmpty
            let old =
                isNothing
                ? services.removeValue(forKey: records.service)
                : services.updateValue(records, forKey: records.service)
            if old?.sets == records.sets || old == nil && records.sets.isEmpty { continue }
            changed.append(records)
            movePointers(from: old?.pointers ?? [], to: records.pointers, of: records.service, &touched)
        }
        if changed.isEmpty { return [] }
        let parts = changed.concurrentMap(inPiecesOf: 256) { $0.map { (key: $0.service, part: ZoneText.part($0)) } }
        cluster.replace(Array(parts.joined()))
        return replaceNames(of: touched).union([.cluster])
    }

    private mutating func movePointers(
        from old: [ServiceRecords.Pointer], to new: [ServiceRecords.Pointer], of service: NamespacedName,
        _ touched: inout [IPAddress]
    ) {
        if old == new { return }
        let oldSet = Set(old)
        let newSet = old.isEmpty ? [] : Set(new)
        for pointer in old where !newSet.contains(pointer) {
            names[pointer.address]?.remove(.init(service: service, host: pointer.host))
            touched.append(pointer.address)
        }
        for pointer in new where old.isEmpty || !oldSet.contains(pointer) {
            names[pointer.address, default: AddressNames()].insert(.init(service: service, host: pointer.host))
            touched.append(pointer.address)
        }
    }

    /// - Parameter addresses: In any order, some perhaps several times.
    private mutating func replaceNames(of addresses: [IPAddress]) -> Set<ZoneName> {
        // What is sorted is mostly one zone after another.
        var changes: [IPPrefix: [(key: IPAddress, part: [UInt8])]] = [:]
        for change in parts(of: addresses.sorted()).joined() { changes[change.block, default: []] += change.parts }
        var zones: Set<ZoneName> = []
        for (block, changes) in changes.sorted(by: { $0.key < $1.key }) {
            for change in changes where change.part.isEmpty { names[change.key] = nil }
            guard reverse[block] != nil || reverse.count < Self.reverseZonesMax else {
                for change in changes where !change.part.isEmpty { addressesWithoutZone.insert(change.key) }
                for change in changes where change.part.isEmpty { addressesWithoutZone.remove(change.key) }
                continue
            }
            reverse[block, default: SortedParts()].replace(changes)
            if reverse[block]?.isEmpty == true, !settings.reverseBlocks.contains(block) { reverse[block] = nil }
            zones.insert(.reverse(block))
        }
        return zones
    }

    /// A row of addresses of one zone, each once, with their names as they are in its file.
    private struct NameRow: Sendable {
        var block: IPPrefix
        var parts: [(key: IPAddress, part: [UInt8])] = []
    }

    private func parts(of addresses: [IPAddress]) -> [[NameRow]] {
        let (names, zones, domain) = (names, reverseZones, settings.clusterDomain)
        return addresses.indices.pieces(of: 512).concurrentMap { piece in
            var rows: [NameRow] = []
            for index in piece where index == 0 || addresses[index - 1] != addresses[index] {
                let address = addresses[index]
                let block = zones.block(of: address)
                if rows.last?.block != block { rows.append(NameRow(block: block)) }
                let inForce = names[address]?.inForce ?? []
                let part = inForce.isEmpty ? [] : ZoneText.part(address, in: block, inForce, domain)
                rows[rows.count - 1].parts.append((address, part))
            }
            return rows
        }
    }

    /// The zone as a file.
    package func file(_ zone: ZoneName, serial: UInt32) -> [UInt8] {
        let head = ZoneText.head(zone, settings) + String(serial) + ZoneText.middle(zone, settings)
        var bytes: [UInt8] = []
        switch zone {
        case .cluster:
            bytes.reserveCapacity(head.utf8.count + cluster.size)
            bytes.append(contentsOf: head.utf8)
            cluster.append(to: &bytes)
        case .reverse(let block):
            let parts = reverse[block] ?? SortedParts()
            bytes.reserveCapacity(head.utf8.count + parts.size)
            bytes.append(contentsOf: head.utf8)
            parts.append(to: &bytes)
        }
        return bytes
    }

    /// All records of a zone, sorted by name and type.
    package func records(_ zone: ZoneName, serial: UInt32) -> [RecordSet] {
        var sets = apex(zone, serial: serial)
        switch zone {
        case .cluster: sets += services.values.flatMap { $0.sets(settings) }
        case .reverse(let block):
            let own = names.filter { !$0.value.isEmpty && reverseZones.block(of: $0.key) == block }
            sets += own.map { address, names in
                RecordSet(
                    name: ReverseName.name(of: address), type: .pointer, ttl: settings.ttl,
                    data: names.inForce.map { .pointer($0.name(settings.clusterDomain)) })
            }
        }
        return sets.sorted { ($0.name, $0.type) < ($1.name, $1.type) }
    }

    private func apex(_ zone: ZoneName, serial: UInt32) -> [RecordSet] {
        let origin = zone.origin(settings)
        let isCluster = zone == .cluster
        let server = origin.below(isCluster ? DiscoverySettings.serverName : DiscoverySettings.reverseServerName)
        let authority = Authority(
            nameServer: server, mailbox: settings.mailbox, serial: serial, minimum: settings.ttl)
        let ttl = settings.ttl
        var sets = [
            RecordSet(name: origin, type: .authority, ttl: ttl, data: [.authority(authority)]),
            RecordSet(name: origin, type: .nameServer, ttl: ttl, data: [.nameServer(server)]),
        ]
        for family in IPFamily.allCases {
            let addresses = settings.serverAddresses.filter { $0.family == family }.sorted()
            if addresses.isEmpty { continue }
            let data = addresses.map(RecordData.address)
            sets.append(RecordSet(name: server, type: RecordType(family), ttl: ttl, data: data))
        }
        if isCluster {
            sets.append(
                RecordSet(
                    name: origin.below("dns-version"), type: .text, ttl: DiscoverySettings.schemaVersionTTL,
                    data: [.text(DiscoverySettings.schemaVersion)]))
        }
        return sets
    }

    /// What is left out of the zones though it is no single Service's fault.
    package var diagnostics: [Diagnostic] {
        guard let example = addressesWithoutZone.min() else { return [] }
        return [
            Diagnostic(
                .error,
                "there are \(Self.reverseZonesMax) reverse zones, and no more are made: \(addressesWithoutZone.count) "
                    + "addresses, such as \(example), have no name in DNS; give larger blocks with --dns-reverse-blocks"
            )
        ]
    }
}
