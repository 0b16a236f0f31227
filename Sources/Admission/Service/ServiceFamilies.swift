import ClusterModel
import NetworkValues

/// Of which families a Service is, by what it says, what it was, and what the cluster has (`initIPFamilyFields`).
extension ServiceReview {
    private static let policyPath = FieldPath.spec.key("ipFamilyPolicy")

    /// Whether nothing about the addresses of a Service that prefers two families has changed: it stays as it is,
    /// whatever the cluster has become.
    private var keepsPreferredFamilies: Bool {
        guard let old, old.type == service.type, ["ClusterIP", "NodePort", "LoadBalancer"].contains(service.type),
            service.ipFamilyPolicy == "PreferDualStack"
        else { return false }
        return old.ipFamilyPolicy ?? "PreferDualStack" == "PreferDualStack" && hasSameAddresses(old)
            && service.ipFamilies ?? [] == old.ipFamilies ?? []
    }

    private func hasSameAddresses(_ old: ServiceFields) -> Bool { service.clusterIPs ?? [] == old.clusterIPs ?? [] }

    mutating func initFamilies() throws(Status) {
        if service.isExternalName || keepsPreferredFamilies { return }
        let isHeadlessWithoutSelector = service.clusterIP == "None" && service.selector.isEmpty
        if service.ipFamilyPolicy == nil {
            let new = isHeadlessWithoutSelector ? "RequireDualStack" : "SingleStack"
            service.ipFamilyPolicy = old?.ipFamilyPolicy ?? new
        }
        var findings = Findings()
        findings.checkClusterIPs(service, from: old)
        try refuse(findings)

        if let old { reduceFamilies(from: old, &findings) }
        if service.ipFamilyPolicy == "SingleStack" {
            let words = "must be 'RequireDualStack' or 'PreferDualStack' when multiple"
            if service.clusterIPs?.count == 2 { blamePolicy("\(words) cluster IPs are specified", &findings) }
            if service.ipFamilies?.count == 2 { blamePolicy("\(words) IP families are specified", &findings) }
        }
        inferFamilies(&findings)
        try refuse(findings)

        if isHeadlessWithoutSelector {
            // Nobody but its endpoints knows its families, so that the cluster's do not matter.
            completeFamilies(isDualStack: true)
            return
        }
        if service.ipFamilyPolicy == "RequireDualStack", pools.families.count < 2 {
            blamePolicy("this cluster is not configured for dual-stack services", &findings)
        }
        for (index, family) in (service.ipFamilies ?? []).enumerated() where !pools.families.contains(family) {
            let path = FieldPath.spec.key("ipFamilies").index(index)
            findings.invalid(path, .text(family), "not configured on this cluster")
        }
        try refuse(findings)
        completeFamilies(isDualStack: pools.families.count == 2)
    }

    private func blamePolicy(_ words: String, _ findings: inout Findings) {
        findings.invalid(Self.policyPath, .optional(service.ipFamilyPolicy), words)
    }

    /// The policy alone says that the second family is to go; less of anything else must go with the policy.
    private mutating func reduceFamilies(from old: ServiceFields, _ findings: inout Findings) {
        func isFewer(_ new: [String]?, _ old: [String]?) -> Bool {
            guard let new, !new.isEmpty else { return false }
            return new.count < old?.count ?? 0
        }
        if service.ipFamilyPolicy == "SingleStack" {
            if hasSameAddresses(old), let first = service.clusterIPs?.first { service.clusterIPs = [first] }
            if service.ipFamilies ?? [] == old.ipFamilies ?? [], let first = service.ipFamilies?.first {
                service.ipFamilies = [first]
            }
            return
        }
        if isFewer(service.clusterIPs, old.clusterIPs) {
            blamePolicy("must be 'SingleStack' to release the secondary cluster IP", &findings)
        }
        if isFewer(service.ipFamilies, old.ipFamilies) {
            blamePolicy("must be 'SingleStack' to release the secondary IP family", &findings)
        }
    }

    private mutating func inferFamilies(_ findings: inout Findings) {
        for (index, text) in (service.clusterIPs ?? []).enumerated() {
            if text == "None" { break }
            guard index >= service.ipFamilies?.count ?? 0 else { continue }
            let family = IPAddress(text)?.family.rawValue ?? "unknown"
            if pools.families.contains(family) {
                service.ipFamilies = (service.ipFamilies ?? []) + [family]
            } else {
                let path = FieldPath.spec.key("clusterIPs").index(index)
                findings.invalid(path, .list(service.clusterIPs), "\(family) is not configured on this cluster")
            }
        }
    }

    private mutating func completeFamilies(isDualStack: Bool) {
        var families = service.ipFamilies ?? []
        if families.isEmpty { families = [pools.families[0]] }
        if isDualStack, families.count == 1, service.ipFamilyPolicy != "SingleStack" {
            families.append(families[0] == "IPv4" ? "IPv6" : "IPv4")
        }
        service.ipFamilies = families
    }

    // MARK: Addresses

    /// Gives the Service the addresses that it asks for, and any where it asks for none.
    mutating func allocateClusterIPs() throws(Status) {
        guard let old else { return try allocateAllClusterIPs() }
        if keepsPreferredFamilies { return }
        if old.isExternalName, !service.isExternalName { return try allocateAllClusterIPs() }
        if old.clusterIPs?.first == "None" { return }
        if !old.isExternalName, service.isExternalName {
            releasedAddresses += old.clusterIPs ?? []
            return
        }
        let (oldCount, newCount) = (old.ipFamilies?.count ?? 0, service.ipFamilies?.count ?? 0)
        if oldCount == 1, newCount == 2 {
            var addresses = service.clusterIPs ?? []
            while addresses.count < 2 { addresses.append("") }
            service.clusterIPs = addresses
            try allocateClusterIP(1)
        } else if oldCount == 2, newCount == 1, let second = old.clusterIPs?.dropFirst().first {
            releasedAddresses.append(second)
        }
    }

    private mutating func allocateAllClusterIPs() throws(Status) {
        if service.isExternalName || service.clusterIPs?.first == "None" { return }
        let families = service.ipFamilies ?? []
        var addresses = service.clusterIPs ?? []
        while addresses.count < families.count { addresses.append("") }
        service.clusterIPs = addresses
        for index in families.indices { try allocateClusterIP(index) }
        service.clusterIP = service.clusterIPs?.first ?? ""
    }

    private mutating func allocateClusterIP(_ index: Int) throws(Status) {
        guard var addresses = service.clusterIPs, let family = service.ipFamilies?[index] else { return }
        let asked = addresses[index]
        let words = asked.isEmpty ? "failed to allocate IP" : "failed to allocate IP \(asked)"
        let chosen = IPAddress(asked) ?? pools.anyAddress(of: IPFamily(rawValue: family) ?? .ipv4)
        if service.metadata.name.isEmpty {
            // The address is noted down under the Service's name before that is looked at.
            let reason = "IPAddress.networking.k8s.io \"\(chosen)\" is invalid: spec.parentRef.name: Required value"
            throw refusal(of: addresses, "\(words): \(reason)")
        }
        if asked.isEmpty {
            addresses[index] = chosen.description
            service.clusterIPs = addresses
            return
        }
        switch pools.take(chosen) {
        case nil: break
        case .taken: throw refusal(of: addresses, "\(words): provided IP is already allocated")
        case .outOfRange:
            throw refusal(of: addresses, "\(words): the provided network does not match the current range")
        }
    }

    private func refusal(of addresses: [String], _ words: String) -> Status {
        var findings = Findings()
        findings.invalid(FieldPath.spec.key("clusterIPs"), .list(addresses), words)
        return .invalid(.service, service.metadata.name, findings.problems)
    }
}
