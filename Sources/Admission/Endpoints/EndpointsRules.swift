import ClusterModel
import NetworkValues

extension Findings {
    /// The rules for the contents of an Endpoints object (`validateEndpointSubsets`).
    mutating func checkSubsets(_ subsets: DocumentValue?) {
        guard let subsets else { return }
        for (index, subset) in subsets.elements.enumerated() {
            let path = FieldPath().key("subsets").index(index)
            let lists = ["addresses", "notReadyAddresses"]
            if lists.allSatisfy({ subset[$0]?.elements.isEmpty ?? true }) {
                required(path, "must specify `addresses` or `notReadyAddresses`")
            }
            for key in lists {
                guard let addresses = subset[key] else { continue }
                for (index, address) in addresses.elements.enumerated() {
                    checkEndpointAddress(address, path.key(key).index(index))
                }
            }
            checkSubsetPorts(subset["ports"], path.key("ports"))
        }
    }

    private mutating func checkEndpointAddress(_ address: DocumentValue, _ path: @autoclosure () -> FieldPath) {
        let ip = address.text("ip")
        invalid(path().key("ip"), ip, AddressForm.problems(ip))
        let hostname = address.text("hostname")
        if !hostname.isEmpty { invalid(path().key("hostname"), hostname, NameForm.label(hostname)) }
        if let nodeName = address["nodeName"]?.string {
            invalid(path().key("nodeName"), nodeName, NameForm.subdomain(nodeName))
        }
        invalid(path().key("ip"), ip, AddressForm.specialProblems(ip))
    }

    private mutating func checkSubsetPorts(_ ports: DocumentValue?, _ path: FieldPath) {
        guard let ports else { return }
        let needsNames = ports.elements.count > 1
        for (index, port) in ports.elements.enumerated() {
            let place = path.index(index)
            let name = port.text("name")
            if !name.isEmpty {
                invalid(place.key("name"), name, NameForm.label(name))
            } else if needsNames {
                required(place.key("name"))
            }
            portNumber(place.key("port"), port["port"]?.writtenInteger ?? 0)
            let transport = port.text("protocol")
            transportProtocol(place.key("protocol"), transport.isEmpty ? "TCP" : transport)
            if let name = port["appProtocol"]?.string {
                invalid(place.key("appProtocol"), name, NameForm.labelKey(name))
            }
        }
    }
}
