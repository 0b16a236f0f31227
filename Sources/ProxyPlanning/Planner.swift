package import ClusterModel
package import NetworkValues

/// Keeps a plan in step with the cluster's state, in time proportional to what has changed.
///
/// The plan depends on nothing but the settings and the snapshot: updating it gives what planning anew would give. The one
/// exception is this node's own object, whose last words hold when it goes.
package struct Planner: Sendable {
    /// The plan for the snapshot last given.
    package private(set) var plan: ProxyPlan

    private let settings: ProxySettings
    private var machineAddresses: [IPAddress] = []
    private var claims = Claims()
    private var node = KnownNode()

    /// A plan for an empty cluster.
    package init(_ settings: ProxySettings) {
        self.settings = settings
        plan = ProxyPlan(view: NodeView(settings, node: nil))
    }

    /// The plan for a snapshot, all at once.
    package static func plan(
        _ snapshot: ClusterSnapshot, _ settings: ProxySettings, machineAddresses: [IPAddress] = []
    ) -> ProxyPlan {
        var planner = Planner(settings)
        var everything = SnapshotChange()
        everything.services = Set(snapshot.services.keys)
        everything.nodes = Set(snapshot.nodes.keys)
        everything.hasServiceCIDRs = true
        planner.update(to: snapshot, change: everything, machineAddresses: machineAddresses)
        return planner.plan
    }

    /// Brings the plan up to date.
    ///
    /// - Parameters:
    ///   - snapshot: The state.
    ///   - change: How it differs from the one last given.
    ///   - machineAddresses: The addresses of the machine's interfaces, nil if they are those last given.
    /// - Returns: the Services whose plan is different now, and those that went, with the plans that they had.
    @discardableResult
    package mutating func update(
        to snapshot: ClusterSnapshot, change: SnapshotChange, machineAddresses: [IPAddress]? = nil
    ) -> [NamespacedName: ServicePlan?] {
        var affected = change.services
        if change.hasServiceCIDRs {
            let blocks = IPPrefix.union(snapshot.serviceCIDRs.values.flatMap(\.cidrs))
            if blocks != plan.serviceCIDRs { affected.formUnion(snapshot.services.keys) }
            plan.serviceCIDRs = blocks
        }
        let isMoved = machineAddresses.map { $0 != self.machineAddresses } ?? false
        if let machineAddresses { self.machineAddresses = machineAddresses }
        node.update(to: snapshot.nodes[settings.nodeName])
        plan.nodeDiagnostics = node.diagnostics(settings)
        if change.nodes.contains(settings.nodeName) || isMoved {
            let view = NodeView(settings, node: node.node, machineAddresses: self.machineAddresses)
            if view != plan.view {
                plan.view = view
                affected.formUnion(snapshot.services.keys)
            }
        }
        let admission = ServiceAdmission(settings, plan)
        affected.formUnion(updateClaims(of: change.services, in: snapshot, admission, alreadyAffected: affected))
        var changed: [NamespacedName: ServicePlan?] = [:]
        for name in affected {
            let new = servicePlan(name, in: snapshot, admission)
            let old = plan.services[name]
            if old != new {
                plan.services[name] = new
                plan.healthChecks[name] = new?.healthCheck
                changed.updateValue(old, forKey: name)
            }
        }
        return changed
    }

    private func servicePlan(
        _ name: NamespacedName, in snapshot: ClusterSnapshot, _ admission: ServiceAdmission
    ) -> ServicePlan? {
        guard let service = snapshot.services[name], service.isProxied else { return nil }
        let (admitted, complaints) = admission.admit(service)
        let slices = snapshot.slices(of: name)
        var planner = ServicePlanner(view: plan.view, service: admitted, slices: slices, claims: claims)
        var new = planner.plan()
        var diagnostics = Bounded<Diagnostic>(limit: 10)
        let all = complaints + new.diagnostics
        for diagnostic in all { diagnostics.append(diagnostic) }
        new.diagnostics = diagnostics.elements
        if let omission = diagnostics.omission {
            let isBad = all.contains { $0.severity == .error }
            new.diagnostics.append(Diagnostic(isBad ? .error : .warning, object: "Service \(name)", omission))
        }
        return new
    }

    /// - Returns: further Services whose plan depends on what changed hands.
    private mutating func updateClaims(
        of services: Set<NamespacedName>, in snapshot: ClusterSnapshot, _ admission: ServiceAdmission,
        alreadyAffected: Set<NamespacedName>
    ) -> Set<NamespacedName> {
        var moved: Set<IPAddress> = []
        var affected: Set<NamespacedName> = []
        for name in services {
            let change = claims.update(name, to: snapshot.services[name].map { admission.admit($0).service })
            affected.formUnion(change.rivals)
            moved.formUnion(change.clusterIPs)
        }
        guard !moved.isEmpty else { return affected }
        // An endpoint may not be at a cluster IP, which is rare, so that nothing is kept to find those that are.
        for name in snapshot.services.keys where !alreadyAffected.contains(name) {
            let addresses = snapshot.slices(of: name).lazy.flatMap(\.endpoints).map(\.address)
            if addresses.contains(where: moved.contains) { affected.insert(name) }
        }
        return affected
    }
}
