import NetworkValues

extension FieldReader {
    /// A Node. An address that is none is reported and left out, as the API takes any text.
    mutating func node(_ value: DocumentValue, _ metadata: ObjectMetadata) -> Node {
        let typed =
            object(value, "status") { reader, status in
                reader.objects(status, "addresses") { reader, address, _ in reader.nodeAddress(address) }
            } ?? []
        let addresses = ["InternalIP", "ExternalIP"].flatMap { type in
            typed.filter { $0.type == type }.map(\.address)
        }
        var node = Node(metadata: metadata, addresses: addresses)
        _ = object(value, "spec") { reader, spec in
            node.podCIDRs = reader.podCIDRs(spec)
            node.taintKeys = reader.objects(spec, "taints") { reader, taint, _ in reader.repeated(taint, "key") }
        }
        return node
    }

    private mutating func podCIDRs(_ spec: DocumentValue) -> [IPPrefix] {
        let all = strings(spec, "podCIDRs") { reader, text, _ in reader.prefix(text) }
        guard all.isEmpty, let single = string(spec, "podCIDR") else { return all }
        return prefix(single, "podCIDR").map { [$0] } ?? []
    }

    private mutating func nodeAddress(_ value: DocumentValue) -> (type: String, address: IPAddress)? {
        guard let type = string(value, "type"), type == "InternalIP" || type == "ExternalIP",
            let text = string(value, "address")
        else { return nil }
        guard let address = IPAddress(text) else {
            note("address", .invalidAddress(text))
            return nil
        }
        return (type, address)
    }
}
