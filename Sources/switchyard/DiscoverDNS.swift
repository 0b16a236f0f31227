import ArgumentParser
import ClusterModel
import ClusterState
import Discovery
import Foundation
import NetworkValues
import ZoneFiles

/// `switchyard discover dns`.
struct DiscoverDNS: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dns",
        abstract: "Answer a question as a DNS server of the cluster would, or write its zone files.",
        discussion: """
            The answer is printed as dig does. A name that does not end with a dot is looked for as a Pod's resolver does. \
            Without a name, all records are printed. docs/discovery.md tells how to serve zone files.
            """)

    @OptionGroup var state: StateOptions
    @OptionGroup var ranges: AllocationRanges
    @OptionGroup var dns: DNSOptions

    @Option(help: ArgumentHelp("The namespace of the Pod that asks.", valueName: "name"))
    var namespace = "default"

    @Option(
        help: ArgumentHelp(
            """
            Writes the zones into this directory, as files db.ZONE; those that are gone are removed, and files of others are \
            left alone.
            """, valueName: "directory"))
    var zones: String?

    @Argument(help: "What is asked for; an address is asked for by its name for PTR.")
    var name: String?

    @Argument(
        help: ArgumentHelp(
            """
            A, AAAA, SRV, PTR, CNAME, TXT, NS, SOA or ANY. (default: A, or PTR for an address)
            """), transform: parseRecordType)
    var type: Question?

    /// The type that is asked for.
    enum Question {
        case any
        case type(RecordType)

        var type: RecordType? {
            guard case .type(let type) = self else { return nil }
            return type
        }
    }

    /// The name as it is asked for; nil for all records.
    private var question: String? {
        name.map { name in IPAddress(name).map { ReverseName.name(of: $0).description } ?? name }
    }

    func validate() throws {
        if zones != nil, name != nil { throw ValidationError("--zones writes all records: give no name") }
        if let question, DNSName(question) == nil {
            throw ValidationError(
                "\(question.printable): not a name in DNS: labels of 1 to 63 letters, digits, hyphens and underscores")
        }
    }

    func run() throws {
        let (cluster, diagnostics) = try readCluster(state, ranges)
        try finish(diagnostics + (zones.map { try write(cluster, to: $0) } ?? answer(cluster)))
    }

    /// - Returns: what is to be said of the records.
    private func answer(_ cluster: KnownCluster) throws -> [Diagnostic] {
        var book = ZoneBook(dns.settings)
        let services = ServiceRecords.all(in: cluster.snapshot, dns.settings)
        _ = book.replace(services)
        let serial = ZoneSerial.next(after: nil, secondsSince1970: Int(Date.now.timeIntervalSince1970))
        try printText(answer(from: DNSRecords(book, serial: serial)))
        return services.flatMap(\.diagnostics) + book.diagnostics
    }

    /// - Returns: what is to be said of the records, and what could not be written.
    private func write(_ cluster: KnownCluster, to path: String) throws -> [Diagnostic] {
        var writer = try ZoneWriter(ZoneDirectory(path), dns.settings)
        let diagnostics = writer.take(ServiceChanges(cluster.snapshot.services.keys, in: cluster))
        let report = writer.write(secondsSince1970: Int(Date.now.timeIntervalSince1970))
        try printText((report.summary ?? "zones: nothing has changed") + "\n")
        return diagnostics + report.failures.map { Diagnostic(.error, "\($0)") }
    }

    private func answer(from records: DNSRecords) -> String {
        guard let name, let question else { return records.all.map(\.text).joined() }
        let asked = type ?? .type(IPAddress(name) == nil ? .ipv4Address : .pointer)
        let list = SearchList(namespace: namespace, dns.settings.clusterDomain)
        guard let (found, answer) = list.lookUp(question, asked.type, in: records) else { return "" }
        return answer.digText(found, asked.type)
    }
}

private func parseRecordType(_ text: String) throws -> DiscoverDNS.Question {
    if text.uppercased() == "ANY" { return .any }
    guard let type = RecordType(rawValue: text.uppercased()) else {
        throw ValidationError(
            "\(text.printable): must be ANY or one of \(RecordType.allCases.map(\.rawValue).sorted())")
    }
    return .type(type)
}

/// What decides the names.
struct DNSOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The zone of the cluster. (default: cluster.local)", valueName: "name"),
        transform: parseClusterDomain)
    var clusterDomain: DNSName?

    @Option(
        name: .customLong("dns-ttl"),
        help: ArgumentHelp("How many seconds an answer may be kept, 1 to 3600.", valueName: "seconds"))
    var ttl: UInt32 = DiscoverySettings.defaultTTL

    @Option(
        name: .customLong("dns-address"),
        help: ArgumentHelp(
            "The addresses of the server that has the zones, separated by commas. (default: 127.0.0.1)",
            valueName: "addresses"), transform: parseAddresses)
    var addresses: [IPAddress] = [.loopback(.ipv4)]

    @Option(
        name: .customLong("dns-reverse-blocks"),
        help: ArgumentHelp(
            """
            Blocks that are reverse zones, whether names are in them or not, separated by commas; their lengths are multiples \
            of 8, of IPv6 of 4. (default: a zone for each /16 or /24, /56 or /64, in which there are addresses)
            """, valueName: "blocks"), transform: parseReverseBlocks)
    var reverseBlocks: [IPPrefix] = []

    func validate() throws {
        guard (1...3600).contains(ttl) else { throw ValidationError("--dns-ttl: must be 1 to 3600") }
    }

    /// What they say.
    var settings: DiscoverySettings {
        var settings = DiscoverySettings(ttl: ttl, serverAddresses: addresses, reverseBlocks: reverseBlocks)
        if let clusterDomain { settings.clusterDomain = clusterDomain }
        return settings
    }
}

private func parseClusterDomain(_ text: String) throws -> DNSName {
    guard let name = DNSName(text), DiscoverySettings.isClusterDomain(name) else {
        throw ValidationError(
            "must be a name in DNS of letters, digits and hyphens, at most "
                + "\(DiscoverySettings.clusterDomainBytesMax) bytes, and not below arpa")
    }
    return name
}

private func parseAddresses(_ text: String) throws -> [IPAddress] {
    let addresses = try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
        guard let address = IPAddress(part) else { throw ValidationError("\(part.printable) is no IP address") }
        return address
    }
    return Set(addresses).sorted()
}

private func parseReverseBlocks(_ text: String) throws -> [IPPrefix] {
    let blocks = try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
        guard let block = IPPrefix(part), ReverseName.isZone(block) else {
            throw ValidationError(
                "\(part.printable) is no block of 8, 16, 24 or 32 bits, or for IPv6 of a multiple of 4")
        }
        return block
    }
    return Set(blocks).sorted()
}
