import ClusterModel
import NetworkValues

extension Findings {
    private static let addresses = FieldPath.spec.key("clusterIPs")
    private static let families = FieldPath.spec.key("ipFamilies")
    private static let policy = FieldPath.spec.key("ipFamilyPolicy")

    /// The addresses and families of a Service, and whether they go together
    /// (`ValidateServiceClusterIPsRelatedFields`).
    mutating func checkClusterIPs(_ service: ServiceFields, from old: ServiceFields?) {
        if service.isExternalName { return }
        checkSingular(service)
        var seen: Set<String> = []
        let families = service.ipFamilies ?? []
        for (index, family) in families.enumerated() {
            supported(Self.families.index(index), family, ServiceWords.families)
            if families.count > 1, !seen.insert(family).inserted {
                duplicate(Self.families.index(index), .text(family))
            }
        }
        if let policy = service.ipFamilyPolicy {
            supported(Self.policy, policy, ServiceWords.familyPolicies)
        }
        let texts = service.clusterIPs ?? []
        let areAddresses = checkSpelling(texts, existing: Set(old?.clusterIPs ?? []))
        if texts.count > 2 { blameAddresses(service, "may only hold up to 2 values") }
        guard areAddresses else { return }
        if texts.count > 1, Set(texts.map { IPAddress($0)?.family }).count < 2 {
            blameAddresses(service, "may specify no more than one IP for each IP family")
        }
        if service.isHeadless { return }
        for (index, (text, family)) in zip(texts, service.ipFamilies ?? []).enumerated() {
            guard ServiceWords.families.contains(family), IPAddress(text)?.family.rawValue != family else { continue }
            invalid(
                Self.addresses.index(index), .text(text),
                "expected an \(family) value as indicated by `ipFamilies[\(index)]`")
        }
    }

    private mutating func blameAddresses(_ service: ServiceFields, _ words: String) {
        invalid(Self.addresses, .list(service.clusterIPs), words)
    }

    private mutating func checkSingular(_ service: ServiceFields) {
        guard let first = service.clusterIPs?.first else {
            if !service.clusterIP.isEmpty { required(Self.addresses) }
            return
        }
        if service.clusterIP.isEmpty {
            blameAddresses(service, "must be empty when `clusterIP` is not specified")
        } else if first != service.clusterIP {
            blameAddresses(service, "first value must match `clusterIP`")
        }
    }

    /// - Returns: whether all are addresses, or the first and only one says that there are to be none.
    private mutating func checkSpelling(_ texts: [String], existing: Set<String>) -> Bool {
        var isRight = true
        for (index, text) in texts.enumerated() {
            let before = count
            if index == 0, text == "None" {
                if texts.count > 1 {
                    invalid(Self.addresses, .texts(texts), "'None' must be the first and only value")
                }
            } else {
                address(Self.addresses.index(index), text, existing: existing)
            }
            isRight = isRight && count == before
        }
        return isRight
    }

    // MARK: Changes

    /// The first address never changes, the second only comes or goes (`validateUpgradeDowngradeClusterIPs`).
    mutating func checkClusterIPChange(_ service: ServiceFields, from old: ServiceFields) {
        if service.isExternalName || old.isExternalName || service.isHeadless && old.isHeadless { return }
        let (new, was) = (service.clusterIPs ?? [], old.clusterIPs ?? [])
        let words = "may not change once set"
        if new.count == was.count {
            for (index, text) in was.enumerated() where text != new[index] {
                invalid(Self.addresses.index(index), .list(service.clusterIPs), words)
            }
            return
        }
        if new.isEmpty {
            invalid(Self.addresses.index(0), .list(service.clusterIPs), "primary clusterIP can not be unset")
        } else if let first = was.first, new[0] != first {
            invalid(Self.addresses.index(0), .list(service.clusterIPs), words)
        }
        if new.count == 1, was.count > 1, service.ipFamilyPolicy != "SingleStack" {
            invalid(
                Self.policy, .optional(service.ipFamilyPolicy),
                "must be set to 'SingleStack' when releasing the secondary clusterIP")
        }
    }

    /// The same for families, of which a headless Service may change all (`validateUpgradeDowngradeIPFamilies`).
    mutating func checkFamilyChange(_ service: ServiceFields, from old: ServiceFields) {
        if service.isExternalName || old.isExternalName || service.isHeadless || old.isHeadless { return }
        let (new, was) = (service.ipFamilies ?? [], old.ipFamilies ?? [])
        let first = Self.families.index(0)
        let words = "may not change once set"
        if new.count == was.count {
            for (index, family) in was.enumerated() where family != new[index] {
                invalid(first, .list(service.ipFamilies), words)
            }
            return
        }
        if new.count < was.count, service.clusterIPs == nil {
            invalid(first, .list(service.ipFamilies), "primary ipFamily can not be unset")
        }
        if let family = new.first, let before = was.first, family != before {
            invalid(first, .list(service.clusterIPs), words)
        }
        if new.count == 1, was.count > 1, service.ipFamilyPolicy != "SingleStack" {
            invalid(
                Self.policy, .optional(service.ipFamilyPolicy),
                "must be set to 'SingleStack' when releasing the secondary ipFamily")
        }
    }
}
