import NetworkValues

extension FieldReader {
    /// A Pod. An address that is none, or at which no endpoint can be, is reported and left out; so is a port that no connection can go to, which can be no
    /// Service's target.
    mutating func pod(_ value: DocumentValue, _ metadata: ObjectMetadata) -> Pod {
        var pod = Pod(metadata: metadata)
        _ = object(value, "spec") { reader, spec in reader.readSpec(spec, &pod) }
        _ = object(value, "status") { reader, status in reader.readStatus(status, &pod) }
        return pod
    }

    private mutating func readSpec(_ spec: DocumentValue, _ pod: inout Pod) {
        pod.nodeName = repeated(spec, "nodeName")
        pod.hostname = string(spec, "hostname")
        pod.subdomain = repeated(spec, "subdomain")
        pod.usesHostNetwork = boolean(spec, "hostNetwork") ?? false
        pod.hasServiceLinks = boolean(spec, "enableServiceLinks") ?? true
        let containers = objects(spec, "containers") { reader, container, _ in reader.containerPorts(container) }
        let initContainers = objects(spec, "initContainers") { reader, container, _ -> [Pod.Port]? in
            reader.string(container, "restartPolicy") == "Always" ? reader.containerPorts(container) : nil
        }
        pod.ports = (containers + initContainers).flatMap { $0 }
    }

    private mutating func containerPorts(_ container: DocumentValue) -> [Pod.Port] {
        objects(container, "ports") { reader, value, _ in
            let name = reader.repeated(value, "name") ?? ""
            let transport = reader.word(value, "protocol", default: TransportProtocol.tcp)
            guard let number = reader.integer(value, "containerPort") else { return nil }
            guard let port = UInt16(exactly: number), port != 0 else {
                reader.note("containerPort", .invalidPort(number))
                return nil
            }
            return transport.map { Pod.Port(name: name, transportProtocol: $0, number: port) }
        }
    }

    private mutating func readStatus(_ status: DocumentValue, _ pod: inout Pod) {
        if status["phase"] != nil { pod.phase = word(status, "phase", default: .pending) }
        pod.podIP = podAddress(status, "podIP")
        pod.podIPs = objects(status, "podIPs") { reader, entry, _ in reader.podAddress(entry, "ip") }
        let conditions = objects(status, "conditions") { reader, condition, _ -> Pod.Readiness? in
            guard reader.string(condition, "type") == "Ready" else { return nil }
            return Pod.Readiness(
                isReady: reader.string(condition, "status") == "True",
                lastTransitionTime: reader.timestamp(condition, "lastTransitionTime"))
        }
        pod.readiness = conditions.first
    }

    private mutating func podAddress(_ value: DocumentValue, _ key: String) -> IPAddress? {
        guard let text = string(value, key) else { return nil }
        guard let address = IPAddress(text) else {
            note(key, .invalidAddress(text))
            return nil
        }
        if let problem = FieldProblem.unusableAddress(address) {
            note(key, problem)
            return nil
        }
        return address
    }
}
