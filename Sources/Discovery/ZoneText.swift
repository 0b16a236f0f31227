import ClusterModel
import NetworkValues

/// A zone as a file (RFC 1035 section 5), made of bytes: there may be very many records.
enum ZoneText {
    /// How a file begins that is written here, and by which it is known.
    static let mark = "; Written by switchyard: what is changed by hand is lost.\n"

    /// Everything before the serial number.
    static func head(_ zone: ZoneName, _ settings: DiscoverySettings) -> String {
        let server = zone == .cluster ? DiscoverySettings.serverName : DiscoverySettings.reverseServerName
        return """
            \(mark)$ORIGIN \(zone.origin(settings))
            $TTL \(settings.ttl)
            @ SOA \(server) \(settings.mailbox) 
            """
    }

    /// Everything from behind the serial number to the records of Services.
    static func middle(_ zone: ZoneName, _ settings: DiscoverySettings) -> String {
        let server = zone == .cluster ? DiscoverySettings.serverName : DiscoverySettings.reverseServerName
        var text = " \(Authority.timing) \(settings.ttl)\n NS \(server)\n"
        for address in settings.serverAddresses.sorted() {
            text += "\(server) \(RecordType(address.family).rawValue) \(address)\n"
        }
        if zone == .cluster {
            text += "dns-version \(DiscoverySettings.schemaVersionTTL) TXT \"\(DiscoverySettings.schemaVersion)\"\n"
        }
        return text
    }

    /// A Service's part of the cluster's zone.
    static func part(_ records: ServiceRecords) -> [UInt8] {
        let base = Array(records.baseName.utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(records.sets.reduce(0) { $0 + ($1.data.count + 1) * (base.count + 40) })
        for set in records.sets {
            bytes.append(name: set.prefix, base)
            for data in set.data {
                bytes.append(UInt8(ascii: " "))
                bytes.append(contentsOf: set.type.rawValue.utf8)
                bytes.append(UInt8(ascii: " "))
                switch data {
                case .address(let address): bytes.append(address)
                case .alias(let name): bytes.append(contentsOf: name.description.utf8)
                case .service(let port, let host):
                    bytes.append(contentsOf: "0 ".utf8)
                    bytes.append(decimal: UInt64(RecordData.serviceWeight))
                    bytes.append(UInt8(ascii: " "))
                    bytes.append(decimal: UInt64(port))
                    bytes.append(UInt8(ascii: " "))
                    bytes.append(name: host, base)
                }
                bytes.append(UInt8(ascii: "\n"))
            }
        }
        return bytes
    }

    /// The names of one address, in its reverse zone.
    static func part(
        _ address: IPAddress, in block: IPPrefix, _ names: [AddressNames.Name], _ domain: DNSName
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        ReverseName.append(address, in: block, to: &bytes)
        for name in names {
            bytes.append(contentsOf: " PTR ".utf8)
            if !name.host.isEmpty {
                bytes.append(contentsOf: name.host.utf8)
                bytes.append(UInt8(ascii: "."))
            }
            bytes.append(contentsOf: name.service.name.utf8)
            bytes.append(UInt8(ascii: "."))
            bytes.append(contentsOf: name.service.namespace.utf8)
            bytes.append(contentsOf: ".svc.".utf8)
            bytes.append(contentsOf: domain.text.utf8)
            bytes.append(contentsOf: ".\n".utf8)
        }
        return bytes
    }
}

extension [UInt8] {
    fileprivate mutating func append(name prefix: String, _ base: [UInt8]) {
        if !prefix.isEmpty {
            append(contentsOf: prefix.utf8)
            append(UInt8(ascii: "."))
        }
        append(contentsOf: base)
    }

    fileprivate mutating func append(_ address: IPAddress) {
        guard address.family == .ipv4 else { return append(contentsOf: address.description.utf8) }
        for shift in stride(from: UInt64(24), through: 0, by: -8) {
            append(decimal: address.low >> shift & 0xff)
            if shift > 0 { append(UInt8(ascii: ".")) }
        }
    }

    /// Adds a number's digits.
    mutating func append(decimal value: UInt64) {
        if value >= 10 { append(decimal: value / 10) }
        append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value % 10))
    }
}
