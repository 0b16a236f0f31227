import ClusterModel
import NetworkValues

extension Findings {
    private static let protocols = ["SCTP", "TCP", "UDP"]
    private static let ports = FieldPath.spec.key("ports")

    mutating func portNumber(_ path: @autoclosure () -> FieldPath, _ number: Int) {
        if !(1...65535).contains(number) {
            invalid(path(), .number(number), "must be between 1 and 65535, inclusive")
        }
    }

    /// A protocol, which the defaults leave nowhere empty.
    mutating func transportProtocol(_ path: @autoclosure () -> FieldPath, _ text: String) {
        supported(path(), text, Self.protocols)
    }

    /// The ports of a Service, each by itself (`validateServicePort`).
    mutating func checkPorts(_ service: ServiceFields) {
        var names: Set<String> = []
        for (index, port) in service.ports.enumerated() {
            var path: FieldPath { Self.ports.index(index) }
            if !port.name.isEmpty {
                invalid(path.key("name"), port.name, NameForm.label(port.name))
                if !names.insert(port.name).inserted { duplicate(path.key("name"), .text(port.name)) }
            } else if service.ports.count > 1 {
                required(path.key("name"))
            }
            portNumber(path.key("port"), port.port)
            transportProtocol(path.key("protocol"), port.transportProtocol)
            switch port.targetPort {
            case .number(let number): portNumber(path.key("targetPort"), number)
            case .name(let name): invalid(path.key("targetPort"), name, NameForm.portName(name))
            }
            if let name = port.appProtocol { invalid(path.key("appProtocol"), name, NameForm.labelKey(name)) }
        }
    }

    /// Node ports that the type has no use for, and those that come twice.
    mutating func checkNodePorts(_ service: ServiceFields) {
        if service.type == "ClusterIP" {
            for (index, port) in service.ports.enumerated() where port.nodePort != 0 {
                forbidden(
                    Self.ports.index(index).key("nodePort"), "may not be used when `type` is 'ClusterIP'")
            }
        }
        var pairs: Set<ProtocolPort> = []
        for (index, port) in service.ports.enumerated() where port.nodePort != 0 {
            if !pairs.insert(ProtocolPort(port.transportProtocol, port.nodePort)).inserted {
                duplicate(Self.ports.index(index).key("nodePort"), .number(port.nodePort))
            }
        }
    }

    /// Ports that come twice.
    mutating func checkPortPairs(_ service: ServiceFields) {
        if service.ports.count < 2 { return }
        var pairs: Set<ProtocolPort> = []
        for (index, port) in service.ports.enumerated() {
            if pairs.insert(ProtocolPort(port.transportProtocol, port.port)).inserted { continue }
            // A port with nothing but these, as the server holds it.
            let text =
                #"{"Name":"","Protocol":\#(quoted(port.transportProtocol)),"AppProtocol":null,"Port":\#(port.port),"#
                + #""TargetPort":0,"NodePort":0}"#
            duplicate(Self.ports.index(index), .written(text))
        }
    }

    private struct ProtocolPort: Hashable {
        var transportProtocol: String
        var number: Int

        init(_ transportProtocol: String, _ number: Int) {
            self.transportProtocol = transportProtocol
            self.number = number
        }
    }
}
