import NetworkValues

extension FieldReader {
    /// A ServiceCIDR of `networking.k8s.io/v1`, or of `v1beta1`.
    mutating func serviceCIDR(_ value: DocumentValue, _ metadata: ObjectMetadata) -> ServiceCIDR {
        let cidrs =
            object(value, "spec") { reader, spec -> [IPPrefix] in
                let cidrs = reader.strings(spec, "cidrs") { reader, text, _ in reader.serviceBlock(text) }
                reader.checkCount(spec["cidrs"], cidrs)
                return cidrs
            } ?? []
        if value["spec"] == nil { refuse("spec", .required("at least one CIDR required").at(.key("cidrs"))) }
        return ServiceCIDR(metadata: metadata, cidrs: cidrs)
    }

    private mutating func checkCount(_ list: DocumentValue?, _ cidrs: [IPPrefix]) {
        let count = list?.elements.count ?? 0
        if count == 0, list?.kind ?? .array == .array {
            refuse("cidrs", .required("at least one CIDR required"))
        } else if count > 2 {
            refuse("cidrs", .invalid(.count(count), "may only hold up to 2 values"))
        } else if Set(cidrs.map(\.family)).count < cidrs.count {
            refuse("cidrs", .invalid(nil, "may specify no more than one CIDR for each IP family"))
        }
    }

    /// A block of length 0 would have all traffic dropped.
    private mutating func serviceBlock(_ text: String) -> IPPrefix? {
        guard let block = prefix(text) else { return nil }
        if block.length == 0 { refuse(nil, .invalid(.text(text), "may not hold all addresses")) }
        return block
    }
}
