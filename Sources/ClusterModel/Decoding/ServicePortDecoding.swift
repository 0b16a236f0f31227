import NetworkValues

extension FieldReader {
    /// The ports of a Service.
    mutating func servicePorts(
        _ spec: JSONValue, _ type: Service.ServiceType, mayHaveNoPorts: Bool
    ) -> [Service.Port] {
        let count = spec["ports"]?.elements.count ?? 0
        if count == 0, spec["ports"]?.kind ?? .array == .array, !mayHaveNoPorts { refuse("ports", "Required value") }
        var names: Set<String> = []
        var numbers: Set<Protocoled> = []
        var nodePorts: Set<Protocoled> = []
        return objects(spec, "ports") { reader, value, _ in
            let port = reader.servicePort(value, type, isOnly: count == 1)
            if !port.name.isEmpty, !names.insert(port.name).inserted {
                reader.refuse("name", "Duplicate value: \(quoted(port.name))")
            }
            if port.port != 0, !numbers.insert(Protocoled(port.transportProtocol, port.port)).inserted {
                let key = #"{"protocol":"\#(port.transportProtocol.rawValue)","port":\#(port.port)}"#
                reader.refuse(nil, "Duplicate value: \(key)")
            }
            if port.nodePort != 0, !nodePorts.insert(Protocoled(port.transportProtocol, port.nodePort)).inserted {
                reader.refuse("nodePort", "Duplicate value: \(port.nodePort)")
            }
            return port
        }
    }

    private struct Protocoled: Hashable {
        var transportProtocol: TransportProtocol
        var number: UInt16

        init(_ transportProtocol: TransportProtocol, _ number: UInt16) {
            self.transportProtocol = transportProtocol
            self.number = number
        }
    }

    private mutating func servicePort(
        _ value: JSONValue, _ type: Service.ServiceType, isOnly: Bool
    ) -> Service.Port {
        let name = string(value, "name") ?? ""
        if name.isEmpty {
            if !isOnly { refuse("name", "Required value") }
        } else if let problem = NameRule.label.problem(name) {
            refuse("name", "Invalid value: \(quoted(name)): \(problem)")
        }
        let number = port(value, "port")
        // An absent number is 0 to the API.
        if (value["port"].map { $0.integer ?? 1 } ?? 0) == 0 {
            refuse("port", "Invalid value: 0: must be between 1 and 65535, inclusive")
        }
        let nodePort = port(value, "nodePort")
        if nodePort != 0, type == .clusterIP {
            refuse("nodePort", "Forbidden: may not be used when `type` is 'ClusterIP'")
        }
        if number == 10250, type == .loadBalancer {
            refuse("port", "Invalid value: 10250: may not expose port 10250 externally since it is used by kubelet")
        }
        return Service.Port(
            name: name, transportProtocol: word(value, "protocol", default: .tcp), port: number, nodePort: nodePort)
    }
}
