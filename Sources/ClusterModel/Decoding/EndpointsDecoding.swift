import NetworkValues

extension FieldReader {
    /// A legacy Endpoints object, as slices of the Service of its name: one for each subset and address family that has
    /// addresses. A not ready address neither is ready nor serves.
    mutating func endpoints(_ value: DocumentValue, _ metadata: ObjectMetadata) -> [EndpointSlice] {
        objects(value, "subsets") { reader, subset, index -> [EndpointSlice] in
            let addresses = reader.endpointAddresses(subset)
            let ports = reader.endpointPorts(subset)
            return IPFamily.allCases.compactMap { family in
                let own = addresses.filter { $0.address.family == family }
                guard !own.isEmpty else { return nil }
                var sliceMetadata = metadata
                sliceMetadata.name.name += "-\(index)-\(family.rawValue.lowercased())"
                return EndpointSlice(
                    metadata: sliceMetadata, service: metadata.name, family: family, ports: ports, endpoints: own)
            }
        }.flatMap { $0 }
    }

    private mutating func endpointAddresses(_ subset: DocumentValue) -> [EndpointSlice.Endpoint] {
        let hasNone = ["addresses", "notReadyAddresses"].allSatisfy { key in
            subset[key].map { $0.kind == .array && $0.elements.isEmpty } ?? true
        }
        if hasNone { refuse(nil, .required("must specify `addresses` or `notReadyAddresses`")) }
        return endpointAddresses(subset, "addresses", isReady: true)
            + endpointAddresses(subset, "notReadyAddresses", isReady: false)
    }

    private mutating func endpointAddresses(
        _ subset: DocumentValue, _ key: String, isReady: Bool
    ) -> [EndpointSlice.Endpoint] {
        objects(subset, key) { reader, value, _ in
            let nodeName = reader.repeated(value, "nodeName")
            let details = reader.endpointDetails(value)
            let field = reader.field(value, "ip")
            guard let text = field.value else {
                if !field.isWrong { reader.note("ip", .required()) }
                return nil
            }
            guard let address = IPAddress(text) else {
                reader.note("ip", .invalidAddress(text))
                return nil
            }
            if let problem = FieldProblem.unusableAddress(address) {
                reader.note("ip", problem)
                return nil
            }
            return EndpointSlice.Endpoint(
                address: address, isReady: isReady, isServing: isReady, nodeName: nodeName,
                details: details)
        }
    }
}
