import ClusterModel

/// What the API server warns of in endpoints that it takes.
enum EndpointWarnings {
    static func ofSlice(_ slice: DocumentValue, isNew: Bool) -> [String] {
        var warnings: [String] = []
        if isNew, slice.text("addressType") == "FQDN" {
            warnings.append("spec.addressType: FQDN endpoints are deprecated")
        }
        // Controllers write addresses as they should be written.
        let manager = slice["metadata"]?["labels"].text("endpointslice.kubernetes.io/managed-by") ?? ""
        if ["endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io"].contains(manager) {
            return warnings
        }
        for (index, endpoint) in slice["endpoints"].values.enumerated() {
            for (number, address) in endpoint["addresses"].values.enumerated() {
                let path = FieldPath().key("endpoints").index(index).key("addresses").index(number)
                warnings += AddressForm.warnings(path, address.string ?? "")
            }
        }
        return warnings
    }

    static func ofSubsets(_ endpoints: DocumentValue) -> [String] {
        if endpoints["metadata"]?["labels"].text("endpoints.kubernetes.io/managed-by") == "endpoint-controller" {
            return []
        }
        return endpoints["subsets"].values.enumerated().flatMap { index, subset in
            ["addresses", "notReadyAddresses"].flatMap { key in
                subset[key].values.enumerated().flatMap { number, address in
                    let path = FieldPath().key("subsets").index(index).key(key).index(number).key("ip")
                    return AddressForm.warnings(path, address.text("ip"))
                }
            }
        }
    }
}

extension DocumentValue? {
    /// A text that is the same for values that mean the same: without what is empty, and with keys in order.
    var canonicalText: String { self?.canonical ?? "" }
}

extension DocumentValue {
    fileprivate var canonical: String {
        switch kind {
        case .null: return ""
        case .array:
            let parts = elements.map(\.canonical)
            return parts.isEmpty ? "" : "[\(parts.joined(separator: ","))]"
        case .object:
            let parts = members.map { ($0.key.string ?? "", $0.value.canonical) }.filter { !$0.1.isEmpty }
            let sorted = parts.sorted { $0.0 < $1.0 }.map { "\(quoted($0.0, bytesMax: .max)):\($0.1)" }
            return sorted.isEmpty ? "" : "{\(sorted.joined(separator: ","))}"
        case .string: return quoted(string ?? "", bytesMax: .max)
        case .boolean, .number: return String(decoding: source, as: UTF8.self)
        }
    }
}
