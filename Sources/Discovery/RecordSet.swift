package import NetworkValues

/// A type of records.
package enum RecordType: String, Hashable, Sendable, CaseIterable, Comparable {
    case authority = "SOA"
    case nameServer = "NS"
    case ipv4Address = "A"
    case ipv6Address = "AAAA"
    case alias = "CNAME"
    case pointer = "PTR"
    case service = "SRV"
    case text = "TXT"

    /// In the order in which they are declared.
    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.order < rhs.order }

    private var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// Of the addresses of a family.
    package init(_ family: IPFamily) { self = family == .ipv4 ? .ipv4Address : .ipv6Address }
}

/// What a record says.
package enum RecordData: Hashable, Sendable, CustomStringConvertible {
    /// A or AAAA.
    case address(IPAddress)
    case alias(DNSName)
    case pointer(DNSName)
    /// SRV (RFC 2782), always of priority 0 and of one weight: all of a set are alike.
    case service(port: UInt16, target: DNSName)
    case text(String)
    case nameServer(DNSName)
    case authority(Authority)

    /// The weight of every SRV record.
    static let serviceWeight = 100

    /// What a record has in an answer before its data, when its name was there before (RFC 1035 section 4.1).
    static let headerBytes = 12
    /// How many bytes the records of an answer may have: 65535, less the longest question and what servers add.
    static let answerBytesMax = 65000

    /// As in a zone file, with whole names.
    package var description: String {
        switch self {
        case .address(let address): address.description
        case .alias(let name), .pointer(let name), .nameServer(let name): name.description
        case .service(let port, let target): "0 \(Self.serviceWeight) \(port) \(target)"
        case .text(let text): "\"\(text)\""
        case .authority(let authority): authority.description
        }
    }
}

/// The data of a SOA record.
package struct Authority: Hashable, Sendable, CustomStringConvertible {
    package var nameServer: DNSName
    package var mailbox: DNSName
    package var serial: UInt32
    /// How long a negative answer may be kept, in seconds (RFC 2308).
    package var minimum: UInt32

    /// When servers that copy the zone ask again, and when they give up, in seconds.
    static let timing = "7200 1800 86400"

    package var description: String { "\(nameServer) \(mailbox) \(serial) \(Self.timing) \(minimum)" }
}

/// All records of one name and type.
package struct RecordSet: Hashable, Sendable {
    package var name: DNSName
    package var type: RecordType
    /// In seconds, one for all of them (RFC 2181 section 5.2).
    package var ttl: UInt32
    /// At least one, without duplicates.
    package var data: [RecordData]

    package init(name: DNSName, type: RecordType, ttl: UInt32, data: [RecordData]) {
        self.name = name
        self.type = type
        self.ttl = ttl
        self.data = data
    }
}
