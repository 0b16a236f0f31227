import NetworkValues

extension FieldReader {
    /// The ports of a Service.
    ///
    /// - Parameters:
    ///   - spec: The Service's `spec`.
    ///   - type: Its type; nil if that is wrong.
    ///   - mayHaveNoPorts: Whether nothing is missing if there are none.
    mutating func servicePorts(
        _ spec: DocumentValue, _ type: Service.ServiceType?, mayHaveNoPorts: Bool
    ) -> [Service.Port] {
        let count = spec["ports"]?.elements.count ?? 0
        if count == 0, spec["ports"]?.kind ?? .array == .array, !mayHaveNoPorts { refuse("ports", .required()) }
        var names: Set<String> = []
        var numbers: Set<ProtocolPort> = []
        var nodePorts: Set<ProtocolPort> = []
        return objects(spec, "ports") { reader, value, _ in
            let name = reader.portName(value, isOnly: count == 1)
            let number = reader.servicePortNumber(value)
            let targetPort = reader.targetPort(value)
            let nodePort = reader.port(value, "nodePort")
            if let nodePort, nodePort != 0, type == .clusterIP {
                reader.refuse("nodePort", .forbidden("may not be used when `type` is 'ClusterIP'"))
            }
            let transport = reader.word(value, "protocol", default: TransportProtocol.tcp)
            if let name, !name.isEmpty, !names.insert(name).inserted {
                reader.refuse("name", .duplicate(.text(name)))
            }
            if let transport, let number, !numbers.insert(ProtocolPort(transport, number)).inserted {
                reader.refuse(nil, .duplicate(.servicePort(transport, number)))
            }
            if let transport, let nodePort, nodePort != 0,
                !nodePorts.insert(ProtocolPort(transport, nodePort)).inserted
            {
                reader.refuse("nodePort", .duplicate(.number(Int(nodePort))))
            }
            return Service.Port(
                name: name ?? "", transportProtocol: transport ?? .tcp, port: number ?? 0, targetPort: targetPort,
                nodePort: nodePort ?? 0, appProtocol: reader.string(value, "appProtocol"))
        }
    }

    private struct ProtocolPort: Hashable {
        var transportProtocol: TransportProtocol
        var number: UInt16

        init(_ transportProtocol: TransportProtocol, _ number: UInt16) {
            self.transportProtocol = transportProtocol
            self.number = number
        }
    }

    /// The name of a port, empty if it needs none; nil if it is wrong.
    private mutating func portName(_ value: DocumentValue, isOnly: Bool) -> String? {
        switch field(value, "name") {
        case .wrong: return nil
        case .absent:
            if !isOnly { refuse("name", .required()) }
            return ""
        case .value(let name):
            guard let problem = NameRule.label.problem(name) else { return name }
            refuse("name", problem)
            return nil
        }
    }

    /// Where the endpoints listen; nil if that is not said, or wrong.
    private mutating func targetPort(_ value: DocumentValue) -> Service.TargetPort? {
        if value["targetPort"]?.kind == .string { return string(value, "targetPort").map { .name($0) } }
        guard let number = port(value, "targetPort"), number != 0 else { return nil }
        return .number(number)
    }

    /// The port of the cluster IP, 1...65535; nil if it is wrong.
    private mutating func servicePortNumber(_ value: DocumentValue) -> UInt16? {
        // An absent number is 0 to the API.
        guard let number = port(value, "port") else { return nil }
        guard number != 0 else {
            refuse("port", .invalidPort(0))
            return nil
        }
        return number
    }
}
