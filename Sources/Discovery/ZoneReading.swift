package import ClusterModel
import NetworkValues

/// A file of the cluster's zone or of a reverse zone that was written here before, by another process or this one.
package struct WrittenZone: Sendable {
    /// The name at its top.
    package let origin: DNSName
    /// The serial number that it has.
    package let serial: UInt32
    private let text: [UInt8]

    /// - Returns: nil if the bytes are nothing that is written here.
    package init?(_ bytes: [UInt8]) {
        guard Self.isMarked(bytes) else { return nil }
        // The lines are the mark, $ORIGIN, $TTL and SOA.
        let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 4, omittingEmptySubsequences: false)
        guard lines.count == 5 else { return nil }
        let heads = lines[1...3].map(words(of:))
        guard heads[0].count == 2, heads[0][0] == "$ORIGIN", let origin = DNSName(heads[0][1]),
            heads[2].count == 9, heads[2][1] == "SOA", let serial = UInt32(heads[2][4])
        else { return nil }
        self.origin = origin
        self.serial = serial
        text = bytes
    }

    /// Whether a file begins as those that are written here.
    package static func isMarked(_ bytes: [UInt8]) -> Bool { bytes.starts(with: ZoneText.mark.utf8) }

    /// Whether a file is this one to the byte.
    package func isSame(as bytes: [UInt8]) -> Bool { text == bytes }

    /// The records of Services in the cluster's zone. What is not understood is left out.
    package func services() -> [NamespacedName: ServiceRecords] {
        var services: [NamespacedName: ServiceRecords] = [:]
        var owner: Owner?
        for line in text.split(separator: UInt8(ascii: "\n")) {
            var rest = words(of: line)
            if line.first != UInt8(ascii: " ") { owner = rest.isEmpty ? nil : Owner(rest.removeFirst()) }
            guard let owner, let (type, data) = record(rest, owner) else { continue }
            services[owner.service, default: ServiceRecords(service: owner.service)].add(type, data, at: owner.prefix)
        }
        return services
    }

    private func record(_ words: [Substring], _ owner: Owner) -> (RecordType, ServiceRecords.Data)? {
        guard let type = words.first.flatMap({ RecordType(rawValue: String($0)) }), let last = words.last else {
            return nil
        }
        switch type {
        case .ipv4Address, .ipv6Address: return IPAddress(last).map { (type, .address($0)) }
        case .alias: return DNSName(last).map { (type, .alias($0)) }
        case .service:
            guard words.count == 5, let port = UInt16(words[3]), let target = Owner(last),
                target.service == owner.service
            else { return nil }
            return (type, .service(port: port, host: target.prefix))
        case .authority, .nameServer, .pointer, .text: return nil
        }
    }
}

/// `PREFIX.SERVICE.NAMESPACE.svc`, as names of Services are written.
private struct Owner {
    let service: NamespacedName
    let prefix: String

    init?(_ text: Substring) {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 3, labels.last == "svc" else { return nil }
        service = NamespacedName(String(labels[labels.count - 2]), String(labels[labels.count - 3]))
        prefix = labels.dropLast(3).joined(separator: ".")
    }
}

private func words(of line: ArraySlice<UInt8>) -> [Substring] {
    String(decoding: line, as: UTF8.self).split(separator: " ")
}

extension ServiceRecords {
    fileprivate mutating func add(_ type: RecordType, _ data: Data, at prefix: String) {
        if let last = sets.indices.last, sets[last].prefix == prefix, sets[last].type == type {
            sets[last].data.append(data)
        } else {
            sets.append(.init(prefix: prefix, type: type, data: [data]))
        }
        guard case .address(let address) = data else { return }
        // Endpoints of a headless Service have names of their own; those are the names of its addresses then.
        if !prefix.isEmpty { pointers.removeAll { $0.host.isEmpty } }
        if !prefix.isEmpty || !isHeadless { pointers.append(.init(address: address, host: prefix)) }
    }
}
