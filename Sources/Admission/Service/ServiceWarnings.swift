import ClusterModel

extension ServiceFields {
    /// What the API server warns of in a Service that it takes (`GetWarningsForService`).
    var warnings: [String] {
        var warnings: [String] = []
        let hints = "service.kubernetes.io/topology-aware-hints"
        if metadata.annotations[hints] != nil {
            let mode = "service.kubernetes.io/topology-mode"
            warnings.append("annotation \(hints) is deprecated, please use \(mode) instead")
        }
        if !clusterIP.isEmpty, clusterIP != "None" { warnings += addressWarnings("clusterIPs", clusterIPs ?? []) }
        let isHeadless = type == "ClusterIP" && clusterIP == "None"
        if isHeadless {
            let words = "is ignored for headless services"
            if !loadBalancerIP.isEmpty { warnings.append("spec.loadBalancerIP \(words)") }
            if !externalIPs.isEmpty { warnings.append("spec.externalIPs \(words)") }
            if sessionAffinity != "None" { warnings.append("spec.SessionAffinity \(words)") }
        }
        warnings += addressWarnings("externalIPs", externalIPs)
        if !externalIPs.isEmpty, !isHeadless, !isExternalName {
            warnings.append("spec.externalIPs is deprecated and may no longer be implemented in some clusters")
        }
        warnings += AddressForm.warnings(FieldPath.spec.key("loadBalancerIP"), loadBalancerIP)
        for (index, text) in loadBalancerSourceRanges.enumerated() {
            let path = FieldPath.spec.key("loadBalancerSourceRanges").index(index)
            warnings += AddressForm.blockWarnings(path, text)
        }
        if isExternalName, !externalIPs.isEmpty {
            warnings.append("spec.externalIPs is ignored when spec.type is \"ExternalName\"")
        }
        if !isExternalName, !externalName.isEmpty {
            warnings.append("spec.externalName is ignored when spec.type is not \"ExternalName\"")
        }
        if trafficDistribution == "PreferClose" {
            warnings.append("spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"")
        }
        return warnings
    }

    private func addressWarnings(_ key: String, _ texts: [String]) -> [String] {
        texts.enumerated().flatMap { AddressForm.warnings(FieldPath.spec.key(key).index($0.offset), $0.element) }
    }
}
