import ClusterModel
import NetworkValues

/// Which families a Service has, by what it says, what it was, and which families there are
/// (`pkg/registry/core/service/storage/alloc.go` of Kubernetes).
struct FamilyRules: Sendable {
    /// The families of the cluster IPs, the default first.
    let families: [IPFamily]

    /// Sets policy and families, and of the cluster IPs those that it keeps.
    ///
    /// - Parameter old: What it had before; nil if it is new.
    func complete(_ service: inout Service, after old: ServiceAllocation?) throws(AllocationProblem) {
        guard service.type != .externalName else {
            service.clusterIPs = .unset
            service.ipFamilies = []
            service.ipFamilyPolicy = nil
            return
        }
        let old = old?.type == .externalName ? nil : old
        if let old { keep(old, &service) }
        if let old, Self.isUnchanged(service, old) { return }
        let isHeadless = service.clusterIPs == .headless
        let isFree = isHeadless && service.selector.isEmpty
        let policy = service.ipFamilyPolicy ?? old?.ipFamilyPolicy ?? (isFree ? .requireDualStack : .singleStack)
        service.ipFamilyPolicy = policy
        try check(Self.contradictions(service) + (old.map { Self.changes(service, $0) } ?? []))
        if let old { try Self.reduce(&service, policy, old) }
        try check(Self.excess(service, policy))
        for address in service.clusterIPs.addresses.dropFirst(service.ipFamilies.count) {
            service.ipFamilies.append(address.family)
        }
        if !isFree { try check(missing(service, policy)) }
        if service.ipFamilies.isEmpty { service.ipFamilies = families.prefix(1) + [] }
        if policy != .singleStack, let only = service.ipFamilies.first, service.ipFamilies.count == 1,
            isFree || families.count == 2
        {
            service.ipFamilies.append(only == .ipv4 ? .ipv6 : .ipv4)
        }
    }

    private func check(_ problems: [FieldProblem]) throws(AllocationProblem) {
        if !problems.isEmpty { throw AllocationProblem(problems) }
    }

    /// Who says nothing of its addresses keeps them, and who names the first alone keeps the second, but for a Service that
    /// is to have one.
    private func keep(_ old: ServiceAllocation, _ service: inout Service) {
        let kept = old.clusterIPs.addresses
        if service.clusterIPs == .unset {
            service.clusterIPs = old.clusterIPs
        } else if kept.count == 2, service.clusterIPs.addresses == [kept[0]], service.ipFamilies.isEmpty,
            service.ipFamilyPolicy != .singleStack
        {
            service.clusterIPs = old.clusterIPs
        }
    }

    /// A Service that prefers two families stays as it is, whatever the cluster has become.
    private static func isUnchanged(_ service: Service, _ old: ServiceAllocation) -> Bool {
        service.type == old.type && service.ipFamilyPolicy == .preferDualStack
            && old.ipFamilyPolicy == .preferDualStack && service.clusterIPs == old.clusterIPs
            && service.ipFamilies == old.ipFamilies
    }

    // MARK: What cannot be

    private static func contradictions(_ service: Service) -> [FieldProblem] {
        zip(service.clusterIPs.addresses, service.ipFamilies).enumerated().compactMap { index, pair in
            let (address, family) = pair
            if address.family == family { return nil }
            return .invalid(
                .text(address.description),
                "expected an \(family.rawValue) value as indicated by `ipFamilies[\(index)]`"
            ).at(.key("spec"), .key("clusterIPs"), .index(index))
        }
    }

    /// What may not change.
    private static func changes(_ service: Service, _ old: ServiceAllocation) -> [FieldProblem] {
        let (new, before) = (service.clusterIPs.texts, old.clusterIPs.texts)
        if before.isEmpty { return [] }
        let compared = new.count == before.count ? new.count : 1
        return (0..<compared).compactMap { index in
            if new.indices.contains(index), new[index] == before[index] { return nil }
            return .invalid(.texts(new), "may not change once set")
                .at(.key("spec"), .key("clusterIPs"), .index(index))
        }
    }

    /// Leaves the second family where one alone is asked for; only that policy lets it go.
    private static func reduce(
        _ service: inout Service, _ policy: Service.FamilyPolicy, _ old: ServiceAllocation
    ) throws(AllocationProblem) {
        if policy == .singleStack {
            if service.clusterIPs == old.clusterIPs, let first = service.clusterIPs.addresses.first {
                service.clusterIPs = [first]
            }
            if service.ipFamilies == old.ipFamilies { service.ipFamilies = service.ipFamilies.prefix(1) + [] }
            return
        }
        let lessAddresses = service.clusterIPs.addresses.count == 1 && old.clusterIPs.addresses.count == 2
        let lessFamilies = service.ipFamilies.count == 1 && old.ipFamilies.count == 2
        let what = [(lessAddresses, "cluster IP"), (lessFamilies, "IP family")].filter(\.0).map(\.1)
        if !what.isEmpty {
            throw AllocationProblem(
                what.map { policyProblem(policy, "must be 'SingleStack' to release the secondary \($0)") })
        }
    }

    private static func excess(_ service: Service, _ policy: Service.FamilyPolicy) -> [FieldProblem] {
        guard policy == .singleStack else { return [] }
        let counts = [(service.clusterIPs.addresses.count, "cluster IPs"), (service.ipFamilies.count, "IP families")]
        return counts.filter { $0.0 == 2 }.map { _, what in
            policyProblem(
                policy, "must be 'RequireDualStack' or 'PreferDualStack' when multiple \(what) are specified")
        }
    }

    /// Families that there are not. An address that is given stays, whether it can be served or not.
    private func missing(_ service: Service, _ policy: Service.FamilyPolicy) -> [FieldProblem] {
        let given = service.clusterIPs.addresses.count
        if policy == .requireDualStack, families.count < 2, given < 2 {
            return [Self.policyProblem(policy, "this cluster is not configured for dual-stack services")]
        }
        return service.ipFamilies.enumerated().dropFirst(given).compactMap { index, family in
            families.contains(family)
                ? nil
                : .invalid(.text(family.rawValue), "not configured on this cluster")
                    .at(.key("spec"), .key("ipFamilies"), .index(index))
        }
    }

    private static func policyProblem(_ policy: Service.FamilyPolicy, _ detail: String) -> FieldProblem {
        .invalid(.text(policy.rawValue), detail).at(.key("spec"), .key("ipFamilyPolicy"))
    }
}
