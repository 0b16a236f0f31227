package import ClusterModel
package import NetworkValues
import Threads

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
    private var endpointBlocks = AddressBlocks()
    private var node = KnownNode()

    /// How often all endpoints were searched for those at a cluster IP that has come or gone: never, as long as Pods and
    /// Services have addresses out of different blocks.
    package private(set) var endpointSearches = 0

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
        affected.formUnion(updateClaims(of: change.services, in: snapshot, alreadyAffected: affected))
        return replacePlans(of: Array(affected), in: snapshot)
    }

    /// - Returns: the plans before, of the Services whose plan is different now.
    private mutating func replacePlans(
        of names: [NamespacedName], in snapshot: ClusterSnapshot
    ) -> [NamespacedName: ServicePlan?] {
        let pieces = names.concurrentMap(inPiecesOf: Self.namesPerPiece) { [planning] names in
            (
                plans: names.map { planning.plan(of: $0, in: snapshot) },
                endpointBlocks: AddressBlocks(of: names, in: snapshot)
            )
        }
        for piece in pieces { endpointBlocks.formUnion(piece.endpointBlocks) }
        var changed: [NamespacedName: ServicePlan?] = [:]
        changed.reserveCapacity(names.count)
        if plan.services.isEmpty { plan.services.reserveCapacity(names.count) }
        for (name, new) in zip(names, pieces.lazy.flatMap { $0.plans }) {
            let old = plan.services[name]
            if old != new {
                plan.services[name] = new
                plan.healthChecks[name] = new?.healthCheck
                changed.updateValue(old, forKey: name)
            }
        }
        return changed
    }

    /// Few enough for all processors to have something to do, and enough for it to be worth their while.
    private static let namesPerPiece = 128

    private var admission: ServiceAdmission { ServiceAdmission(settings, plan) }

    private var planning: ServicePlanning { ServicePlanning(view: plan.view, admission: admission, claims: claims) }

    /// The planner of a Service; nil if it is not proxied here.
    func servicePlanner(_ name: NamespacedName, in snapshot: ClusterSnapshot) -> ServicePlanner? {
        planning.planner(of: name, in: snapshot)?.planner
    }

    /// - Returns: further Services whose plan depends on what changed hands.
    private mutating func updateClaims(
        of services: Set<NamespacedName>, in snapshot: ClusterSnapshot, alreadyAffected: Set<NamespacedName>
    ) -> Set<NamespacedName> {
        var moved: Set<IPAddress> = []
        var affected: Set<NamespacedName> = []
        let names = Array(services)
        let claimed = names.concurrentMap(inPiecesOf: Self.namesPerPiece) { [admission] names in
            names.map { name in snapshot.services[name].map { ClaimedPlaces(admission.admit($0).service) } }
        }
        if plan.services.isEmpty {
            claims.reserveCapacity(names.count)
            moved.reserveCapacity(names.count)
        }
        for (name, new) in zip(names, claimed.joined()) {
            let change = claims.update(name, to: new)
            affected.formUnion(change.rivals)
            moved.formUnion(change.clusterIPs)
        }
        guard moved.contains(where: { endpointBlocks.mayHave($0) }) else { return affected }
        endpointSearches += 1
        endpointBlocks = AddressBlocks(of: snapshot.services.keys, in: snapshot)
        for name in snapshot.services.keys where !alreadyAffected.contains(name) {
            let addresses = snapshot.slices(of: name).lazy.flatMap(\.endpoints).map(\.address)
            if addresses.contains(where: moved.contains) { affected.insert(name) }
        }
        return affected
    }
}

/// All that the plan of one Service is made from, besides the snapshot.
private struct ServicePlanning: Sendable {
    let view: NodeView
    let admission: ServiceAdmission
    let claims: Claims

    /// The planner of a Service, and what is to be said of what it may not have; nil if it is not proxied here.
    func planner(
        of name: NamespacedName, in snapshot: ClusterSnapshot
    ) -> (planner: ServicePlanner, complaints: [Diagnostic])? {
        guard let service = snapshot.services[name], service.isProxied else { return nil }
        let (admitted, complaints) = admission.admit(service)
        let slices = snapshot.slices(of: name)
        return (ServicePlanner(view: view, service: admitted, slices: slices, claims: claims), complaints)
    }

    func plan(of name: NamespacedName, in snapshot: ClusterSnapshot) -> ServicePlan? {
        guard var (planner, complaints) = planner(of: name, in: snapshot) else { return nil }
        var new = planner.plan()
        if complaints.isEmpty && new.diagnostics.isEmpty { return new }
        complaints += new.diagnostics
        var diagnostics = Bounded<Diagnostic>(limit: 10)
        for diagnostic in complaints { diagnostics.append(diagnostic) }
        new.diagnostics = diagnostics.elements
        if let omission = diagnostics.omission {
            let isBad = complaints.contains { $0.severity == .error }
            new.diagnostics.append(Diagnostic(isBad ? .error : .warning, object: "Service \(name)", omission))
        }
        return new
    }
}
