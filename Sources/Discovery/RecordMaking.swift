package import ClusterModel
import NetworkValues
import Threads

extension ServiceRecords {
    /// What all Services of a cluster have, sorted.
    package static func all(in snapshot: ClusterSnapshot, _ settings: DiscoverySettings) -> [ServiceRecords] {
        let services = snapshot.services.values.sorted { $0.metadata.name < $1.metadata.name }
        return Array(
            services.concurrentMap(inPiecesOf: 256) { piece in
                piece.map { ServiceRecords($0, snapshot.slices(of: $0.metadata.name), settings) }
            }.joined())
    }

    /// What the Service of this name has; nothing if there is none.
    package static func all(
        of name: NamespacedName, in snapshot: ClusterSnapshot, _ settings: DiscoverySettings
    ) -> ServiceRecords {
        snapshot.services[name].map { ServiceRecords($0, snapshot.slices(of: name), settings) }
            ?? ServiceRecords(service: name)
    }

    /// What a Service has by the DNS-based service discovery specification, version 1.1.0
    /// (github.com/kubernetes/dns/blob/master/docs/specification.md).
    ///
    /// - Parameter slices: Its endpoints.
    package init(_ service: Service, _ slices: [EndpointSlice], _ settings: DiscoverySettings) {
        self.init(service: service.metadata.name)
        var maker = RecordMaker(service, settings)
        maker.make(slices)
        sets = maker.sets
        pointers = maker.pointers
        diagnostics = maker.problems.elements
        if let omission = maker.problems.omission {
            diagnostics.append(Diagnostic(.error, object: "Service \(self.service)", omission))
        }
    }
}

/// The making of the records of one Service.
private struct RecordMaker {
    let service: Service
    /// How many bytes are left of a name in front of the Service's own, with the dot.
    let prefixBytesMax: Int
    var sets: [ServiceRecords.RelativeSet] = []
    var pointers: [ServiceRecords.Pointer] = []
    var problems = Bounded<Diagnostic>(limit: ServiceRecords.diagnosticsMax)

    init(_ service: Service, _ settings: DiscoverySettings) {
        self.service = service
        let name = service.metadata.name
        let baseBytes = name.name.utf8.count + name.namespace.utf8.count + settings.clusterDomain.text.utf8.count + 6
        prefixBytesMax = DNSName.bytesMax - baseBytes
    }

    mutating func make(_ slices: [EndpointSlice]) {
        guard service.type == .externalName || service.clusterIPs != .unset, checkOwnName() else { return }
        if service.type == .externalName {
            makeAlias()
        } else if service.clusterIPs == .headless {
            makeEndpoints(slices)
        } else {
            makeClusterIPs()
        }
    }

    /// - Returns: whether the Service can have a name at all.
    private mutating func checkOwnName() -> Bool {
        let name = service.metadata.name
        for (key, text) in [("name", name.name), ("namespace", name.namespace)] {
            guard let problem = NameRule.label.problem(text) else { continue }
            refuse(serviceObject, problem.at(.key("metadata"), .key(key)))
            return false
        }
        if prefixBytesMax >= 0 { return true }
        refuse(serviceObject, tooLong(name.name).at(.key("metadata"), .key("name")))
        return false
    }

    private var serviceObject: String { "Service \(service.metadata.name)" }

    private mutating func refuse(_ object: String, _ problem: FieldProblem) {
        if problems.elements.count == ServiceRecords.diagnosticsMax { return problems.omit(1) }
        var diagnostic = Diagnostic(.error, object: object, .field(problem))
        diagnostic.consequence = "; it is left out of DNS"
        problems.append(diagnostic)
    }

    private func tooLong(_ text: String) -> FieldProblem {
        .invalid(.text(text), "makes a name of more than \(DNSName.bytesMax) bytes in DNS")
    }

    /// The same for a name that is not the whole of the prefix.
    private func prefixProblem(_ prefix: String, _ text: String) -> FieldProblem? {
        prefix.utf8.count + 1 > prefixBytesMax ? tooLong(text) : nil
    }

    private mutating func makeAlias() {
        let field = { (problem: FieldProblem) in problem.at(.key("spec"), .key("externalName")) }
        let text = service.externalName ?? ""
        if text.isEmpty { return refuse(serviceObject, field(.required())) }
        if IPAddress(text) != nil {
            return refuse(
                serviceObject, field(.invalid(.text(text), "is an address, and DNS has aliases of names only")))
        }
        guard let name = DNSName(text) else {
            let detail =
                "must be a name in DNS: labels of 1 to \(DNSName.labelBytesMax) letters, digits, '-' or '_', "
                + "\(DNSName.bytesMax) bytes in all"
            return refuse(serviceObject, field(.invalid(.text(text), detail)))
        }
        sets = [.init(prefix: "", type: .alias, data: [.alias(name)])]
    }

    private mutating func makeClusterIPs() {
        let addresses = unique(service.clusterIPs.addresses)
        addAddresses(addresses, at: "")
        pointers = addresses.map { .init(address: $0, host: "") }
        var services: [(key: String, value: ServiceRecords.Data)] = []
        for (index, port) in service.ports.enumerated() where !port.name.isEmpty {
            let path: [FieldPath.Step] = [.key("spec"), .key("ports"), .index(index), .key("name")]
            guard let prefix = portPrefix(port.name, port.transportProtocol, serviceObject, path) else { continue }
            services.append((prefix, .service(port: port.port, host: "")))
        }
        addServices(services)
    }

    private mutating func makeEndpoints(_ slices: [EndpointSlice]) {
        var addresses: [IPAddress] = []
        var hosts: [(key: String, value: IPAddress)] = []
        var services: [(key: String, value: ServiceRecords.Data)] = []
        for slice in slices {
            var ports: [(prefix: String, port: UInt16)]?
            for (index, endpoint) in slice.endpoints.enumerated() where endpoint.isReady {
                let details = endpoint.details
                if ports == nil { ports = namedPorts(slice) }
                func add(_ address: IPAddress) {
                    addresses.append(address)
                    guard let host = host(details?.hostname ?? "", address, slice, index) else { return }
                    hosts.append((host, address))
                    for (prefix, port) in ports ?? [] { services.append((prefix, .service(port: port, host: host))) }
                }
                add(endpoint.address)
                for address in details?.furtherAddresses ?? [] where address.family == slice.family { add(address) }
            }
        }
        addAddresses(unique(addresses), at: "")
        for (host, addresses) in grouped(hosts) {
            let addresses = unique(addresses)
            addAddresses(addresses, at: host)
            pointers += addresses.map { .init(address: $0, host: host) }
        }
        addServices(services)
    }

    private mutating func namedPorts(_ slice: EndpointSlice) -> [(prefix: String, port: UInt16)] {
        slice.ports.enumerated().compactMap { index, port in
            guard !port.name.isEmpty, let number = port.port else { return nil }
            let path: [FieldPath.Step] = [.key("ports"), .index(index), .key("name")]
            return portPrefix(port.name, port.transportProtocol, sliceObject(slice), path).map { ($0, number) }
        }
    }

    /// A slice that was made of a legacy object does not say so, but lacks the label.
    private func sliceObject(_ slice: EndpointSlice) -> String {
        slice.metadata.labels[EndpointSlice.serviceNameLabel] == nil
            ? "Endpoints \(slice.service)" : "EndpointSlice \(slice.metadata.name)"
    }

    /// The endpoint's label: its host name, or as CoreDNS has it, its address.
    private mutating func host(
        _ hostname: String, _ address: IPAddress, _ slice: EndpointSlice, _ index: Int
    ) -> String? {
        let host = hostname.isEmpty ? dashed(address) : hostname
        let labelProblem = hostname.isEmpty ? nil : NameRule.label.problem(host)
        guard let problem = labelProblem ?? prefixProblem(host, host) else { return host }
        refuse(sliceObject(slice), problem.at(.key("endpoints"), .index(index), .key("hostname")))
        return nil
    }

    /// `_http._tcp`; nil, and reported, if it is too long for a name.
    private mutating func portPrefix(
        _ name: String, _ transport: TransportProtocol, _ object: String, _ path: [FieldPath.Step]
    ) -> String? {
        let prefix = "_" + name + "._" + transport.description
        let problem =
            if let problem = NameRule.label.problem(name) {
                problem
            } else if name.utf8.count >= DNSName.labelBytesMax {
                FieldProblem.invalid(
                    .text(name), "makes a label of more than \(DNSName.labelBytesMax) bytes in DNS, as `_` comes first")
            } else {
                prefixProblem(prefix, name)
            }
        guard var problem else { return prefix }
        problem.path.steps = path
        refuse(object, problem)
        return nil
    }

    /// - Parameter addresses: Sorted, each once.
    private mutating func addAddresses(_ addresses: [IPAddress], at prefix: String) {
        for family in IPFamily.allCases {
            let own = addresses.filter { $0.family == family }
            if own.isEmpty { continue }
            add(prefix, RecordType(family), own.map { .address($0) })
        }
    }

    private mutating func addServices(_ services: [(key: String, value: ServiceRecords.Data)]) {
        for (prefix, data) in grouped(services) {
            // Not in the order of the slices, which says nothing.
            let data = data.count < 2 ? data : Set(data).sorted { $0.order < $1.order }
            add(prefix, .service, data)
        }
    }

    /// Adds as many of the records as one answer has room for: more could not be asked for, and some servers refuse a zone
    /// with more.
    private mutating func add(_ prefix: String, _ type: RecordType, _ data: [ServiceRecords.Data]) {
        var bytes = 0
        let kept = data.prefix { record in
            bytes += bytesOnWire(record)
            return bytes <= RecordData.answerBytesMax
        }
        if kept.count < data.count {
            let name = prefix.isEmpty ? "its name" : "\(prefix) below its name"
            problems.append(
                Diagnostic(
                    .error, object: serviceObject,
                    "\(name) has \(data.count) \(type.rawValue) records, and an answer has room for \(kept.count); the others "
                        + "are left out of DNS"))
        }
        sets.append(.init(prefix: prefix, type: type, data: Array(kept)))
    }

    private func bytesOnWire(_ record: ServiceRecords.Data) -> Int {
        switch record {
        case .address(let address): RecordData.headerBytes + address.family.addressBytes
        case .alias(let name): RecordData.headerBytes + name.text.utf8.count + 2
        // Names in it are never compressed (RFC 2782).
        case .service(_, let host):
            RecordData.headerBytes + 6 + (DNSName.bytesMax - prefixBytesMax) + host.utf8.count + 3
        }
    }
}

/// The addresses, sorted, each once.
private func unique(_ addresses: [IPAddress]) -> [IPAddress] {
    if addresses.count < 2 { return addresses }
    return addresses.sorted().reduce(into: []) { if $0.last != $1 { $0.append($1) } }
}

/// The values of each key, in the order of the keys.
private func grouped<Value>(_ pairs: [(key: String, value: Value)]) -> [(key: String, values: [Value])] {
    if pairs.count == 1 { return [(pairs[0].key, [pairs[0].value])] }
    return pairs.sorted { $0.key < $1.key }.reduce(into: []) { groups, pair in
        if let last = groups.indices.last, groups[last].key == pair.key {
            groups[last].values.append(pair.value)
        } else {
            groups.append((pair.key, [pair.value]))
        }
    }
}

extension ServiceRecords.Data {
    /// By host, then by port.
    fileprivate var order: (String, UInt16) {
        guard case .service(let port, let host) = self else { return ("", 0) }
        return (host, port)
    }
}

/// `10-64-1-2` or `fd00--1`, with a zero where a hyphen would be at an end, as no host name begins or ends with one.
private func dashed(_ address: IPAddress) -> String {
    let isIPv4 = address.family == .ipv4
    let text = String(
        decoding: address.description.utf8.map { byte in
            byte == UInt8(ascii: isIPv4 ? "." : ":") ? UInt8(ascii: "-") : byte
        }, as: UTF8.self)
    return (text.hasPrefix("-") ? "0" : "") + text + (text.hasSuffix("-") ? "0" : "")
}
