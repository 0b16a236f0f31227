package import ClusterModel
import NetworkValues

extension EndpointSlice {
    /// The columns of `kubectl get endpointslices --all-namespaces`, but for the age.
    ///
    /// - Parameter isWide: With everything instead of the first three, and with how many are ready, whose Service it is, and who
    ///   wrote it.
    package static func table(_ slices: [EndpointSlice], isWide: Bool) -> TextTable {
        let heading = ["NAMESPACE", "NAME", "ADDRESSTYPE", "PORTS", "ENDPOINTS"]
        var table = TextTable(heading + (isWide ? ["READY", "SERVICE", "MANAGED-BY"] : []))
        for slice in slices {
            let ports = slice.ports.map { port in port.port.map { "\($0)" } ?? (port.name.isEmpty ? "*" : port.name) }
            let addresses = slice.endpoints.flatMap { [$0.address] + ($0.details?.furtherAddresses ?? []) }
            let row = [
                slice.metadata.name.namespace, slice.metadata.name.name, slice.family.rawValue,
                list(ports, isWhole: isWide), list(addresses.map(\.description), isWhole: isWide),
            ]
            let ready = slice.endpoints.count(where: \.isReady)
            let manager = slice.metadata.labels["endpointslice.kubernetes.io/managed-by"] ?? ""
            table.append(row + (isWide ? ["\(ready)/\(slice.endpoints.count)", slice.service.name, manager] : []))
        }
        return table
    }

    private static func list(_ texts: [String], isWhole: Bool) -> String {
        let shownMax = 3
        if texts.isEmpty { return "<unset>" }
        if isWhole || texts.count <= shownMax { return texts.joined(separator: ",") }
        return texts.prefix(shownMax).joined(separator: ",") + " + \(texts.count - shownMax) more..."
    }
}
