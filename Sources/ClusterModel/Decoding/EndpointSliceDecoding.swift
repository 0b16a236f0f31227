import NetworkValues

extension FieldReader {
    /// An EndpointSlice of `discovery.k8s.io/v1`, or of `v1beta1`; nil if its addresses are no IP addresses or if it is
    /// no Service's, and if it cannot be used, which is then reported.
    mutating func endpointSlice(_ value: DocumentValue, _ metadata: ObjectMetadata) -> EndpointSlice? {
        // The label may be missing, as in the slices that other controllers keep for themselves.
        guard let service = metadata.labels[EndpointSlice.serviceNameLabel], !service.isEmpty else { return nil }
        let addressType = field(value, "addressType")
        guard let type = addressType.value else {
            if !addressType.isWrong { refuse("addressType", .required()) }
            return nil
        }
        guard let family = IPFamily(rawValue: type) else {
            if type != "FQDN" { refuse("addressType", .notSupported(type, ["FQDN", "IPv4", "IPv6"])) }
            return nil
        }
        let endpoints = objects(value, "endpoints") { reader, endpoint, _ in reader.endpoint(endpoint, family) }
        return EndpointSlice(
            metadata: metadata, service: NamespacedName(metadata.name.namespace, service), family: family,
            ports: endpointPorts(value), endpoints: endpoints)
    }

    /// The ports of a slice or of a subset. One with a number that no port has, which the API does not look at, is left out;
    /// so is one with the name of another, as a subset may have it.
    mutating func endpointPorts(_ parent: DocumentValue) -> [EndpointSlice.Port] {
        var names: Set<String> = []
        return objects(parent, "ports") { reader, value, _ in
            let field = reader.field(value, "name")
            let name = field.value ?? ""
            if !name.isEmpty, let problem = NameRule.label.problem(name) {
                reader.refuse("name", problem)
            }
            if !field.isWrong, !names.insert(name).inserted {
                reader.note("name", .duplicate(.text(name)))
                return nil
            }
            let transportProtocol = reader.word(value, "protocol", default: TransportProtocol.tcp)
            let number = reader.integer(value, "port") ?? 0
            guard let port = UInt16(exactly: number) else {
                reader.note("port", .invalidPort(number))
                return nil
            }
            return EndpointSlice.Port(
                name: name, transportProtocol: transportProtocol ?? .tcp, port: port == 0 ? nil : port,
                appProtocol: reader.string(value, "appProtocol"))
        }
    }

    /// An endpoint; nil, and reported, if it has no address that can be used. The others of its slice are not touched.
    private mutating func endpoint(_ value: DocumentValue, _ family: IPFamily) -> EndpointSlice.Endpoint? {
        let texts = texts(value, "addresses")
        let conditions = object(value, "conditions") { reader, conditions in
            (
                ready: reader.boolean(conditions, "ready"), serving: reader.boolean(conditions, "serving"),
                terminating: reader.boolean(conditions, "terminating")
            )
        }
        // Before v1 the node's name was one of the topology's labels.
        let nodeName =
            repeated(value, "nodeName")
            ?? object(value, "topology") { $0.repeated($1, "kubernetes.io/hostname") }.flatMap { $0 }
        var details = endpointDetails(value)
        details.zone = repeated(value, "zone")
        _ = object(value, "hints") { reader, hints in
            details.zoneHints = reader.objects(hints, "forZones") { reader, zone, _ in reader.repeated(zone, "name") }
            details.nodeHints = reader.objects(hints, "forNodes") { reader, node, _ in reader.repeated(node, "name") }
        }
        guard let text = texts?.first else {
            if texts != nil { note("addresses", .required("must contain at least 1 address")) }
            return nil
        }
        guard let address = IPAddress(text) else {
            note("addresses", .invalidAddress(text).at(.index(0)))
            return nil
        }
        guard address.family == family else {
            let detail = "must be an \(family.rawValue) address, as the slice's `addressType` says"
            note("addresses", .invalid(.text(text), detail).at(.index(0)))
            return nil
        }
        if let problem = FieldProblem.unusableAddress(address) {
            note("addresses", problem.at(.index(0)))
            return nil
        }
        details.furtherAddresses = texts?.dropFirst().compactMap { IPAddress($0) } ?? []
        return EndpointSlice.Endpoint(
            address: address, isReady: conditions?.ready, isServing: conditions?.serving,
            isTerminating: conditions?.terminating, nodeName: nodeName, details: details)
    }

    /// What an endpoint of a slice and an address of a legacy object say of themselves in the same way.
    mutating func endpointDetails(_ value: DocumentValue) -> EndpointSlice.Details {
        var details = EndpointSlice.Details()
        details.hostname = string(value, "hostname")
        details.target = object(value, "targetRef") { reader, target in
            ObjectTarget(
                kind: reader.string(target, "kind") ?? "",
                name: NamespacedName(
                    reader.repeated(target, "namespace") ?? "", reader.string(target, "name") ?? ""),
                uid: reader.string(target, "uid"))
        }
        return details
    }
}
