import ClusterModel

/// What the API server has against Endpoints and EndpointSlices.
enum EndpointsReview {
    /// - Parameters:
    ///   - metadata: The object's, after what the server does to it.
    ///   - old: What it was before; nil if it is new.
    static func findings(
        _ value: DocumentValue, _ kind: ObjectKind, _ metadata: MetadataFields, from old: AdmittedObject?
    ) -> Findings {
        var findings = Findings()
        if let old {
            findings.checkNames(
                metadata, name: { NameForm.pathSegment($0) }, prefix: { NameForm.pathSegment($0, isPrefix: true) })
            findings.checkMetadataChange(metadata, from: old.metadata)
            if kind == .endpoints { findings.checkMetadataUpdate(metadata, from: old.metadata) }
        }
        findings.checkMetadata(metadata, NameForm.subdomain)
        switch old {
        case .endpointSlice(_, let addressType, let endpoints):
            findings.checkEndpointSlice(value, endpointsBefore: endpoints)
            let new = value.text("addressType")
            if new != addressType {
                findings.invalid(FieldPath().key("addressType"), .text(new), "field is immutable")
            }
        default:
            if kind == .endpointSlice {
                findings.checkEndpointSlice(value)
            } else {
                findings.checkSubsets(value["subsets"])
            }
        }
        return findings
    }
}
