import ClusterModel
package import ClusterState
import NetfilterKernel
import NetworkValues
package import ProxyConfiguration
package import ProxyPlanning
package import RuleCompilers

/// Keeps the kernel's rules in step with the cluster's state: one pass through the pipeline for each update.
package struct Proxier {
    private let kernel: any RuleKernel
    let mode: ProxyMode
    /// What is known of the cluster.
    package private(set) var cluster: KnownCluster
    /// The Services that changed since a follower was told; nil if there is none.
    private var untold: Set<NamespacedName>?
    private var toldUnknown: UnknownState?
    private var planner: Planner
    private var backend: any RuleBackend
    /// Whether the rules of another mode, or of a family that is switched off, may be there.
    private var mayHaveOtherRules = true
    /// Nil before the first sync.
    private var machineAddresses: [IPAddress]?
    /// When it was last known what the kernel holds; nil before the first sync.
    private var moment: KernelMoment?
    private var flows: FlowReconciler
    private var refused = RefusedServices()
    /// The plans that are in force, of those that are others now.
    private var formerPlans: [NamespacedName: ServicePlan?] = [:]
    /// How often a transaction is tried again without what was refused.
    private static let refusalsMax = 8
    private var reported = ReportedDiagnostics<NamespacedName>()
    private var counts = PlanCounts()
    /// What is wrong with plans, and what the kernel refused, as far as a page of it goes.
    private(set) var diagnosticsInForce = Bounded<Diagnostic>(limit: DaemonStatus.diagnosticsMax)
    /// What that was made from.
    private var diagnosticsRevision = 0

    /// A proxy that has seen nothing of the cluster yet.
    ///
    /// - Parameters:
    ///   - settings: What the user decided about what is to be done.
    ///   - rules: What the user decided about how it is done.
    ///   - mode: The kind of rules.
    ///   - cluster: What every update goes into.
    ///   - kernel: Where they are committed.
    package init(
        _ settings: ProxySettings, rules: RuleSettings = RuleSettings(), mode: ProxyMode = .nftables,
        cluster: KnownCluster = KnownCluster(), kernel: any RuleKernel
    ) {
        self.cluster = cluster
        self.kernel = kernel
        self.mode = mode
        planner = Planner(settings)
        flows = FlowReconciler(mode, rules)
        backend = mode.backend(kernel, rules)
    }

    /// What is to be done for the state as it is.
    package var plan: ProxyPlan { planner.plan }

    /// Takes in an update, and brings the kernel in step.
    ///
    /// A commit that fails is tried a second time from what the kernel holds, as somebody may have changed it. If that
    /// fails for the sake of some Services alone, these stay as they were or are left out; if it fails as a whole, the update
    /// is not lost: the next call, perhaps with an empty update, makes up for it.
    ///
    /// - Parameter readsBack: Whether to start from what the kernel holds if somebody else has committed something since
    ///   the last sync. If not, that is still to be done: ``foreignCommit()`` goes on telling of it.
    /// - Throws: what the kernel said; the old rules are still in force.
    package mutating func sync(_ update: StateUpdate, readsBack: Bool = true) throws -> SyncReport {
        let (report, error) = attempt(update, readsBack: readsBack)
        if let error { throw error }
        return report
    }

    /// Does the same, with a report of what was done before it failed.
    mutating func attempt(
        _ update: StateUpdate, readsBack: Bool = true
    ) -> (report: SyncReport, error: (any Error)?) {
        var report = SyncReport(mode: mode)
        var failure: (any Error)?
        do {
            try pass(update, readsBack: readsBack, &report)
        } catch {
            failure = error
            report.failure = "\(error)"
        }
        collectDiagnostics()
        return (report, failure)
    }

    private mutating func pass(_ update: StateUpdate, readsBack: Bool, _ report: inout SyncReport) throws {
        var clock = PhaseClock()
        // Only after the update is taken in may anything fail.
        let addresses = Result { try machineAddresses ?? kernel.machineAddresses() }
        if case .success(let known) = addresses { machineAddresses = known }
        let (change, words) = cluster.take(update)
        untold?.formUnion(change.services)
        report.microseconds.state = clock.lap()
        let before = planner.update(to: cluster.snapshot, change: change, machineAddresses: machineAddresses)
        let changed = Set(before.keys)
        if formerPlans.isEmpty { formerPlans = before } else { formerPlans.merge(before) { first, _ in first } }
        flows.update(to: plan, changed: changed, machineAddresses: machineAddresses ?? [])
        report.changedServices = changed.count
        for (name, old) in before { counts.replace(old, by: plan.services[name]) }
        report.counts = counts
        report.diagnostics = words + newDiagnostics(of: changed)
        report.microseconds.plan = clock.lap()
        _ = try addresses.get()
        let pass = SyncPass(plan: plan, changed: changed, unknown: cluster.unknown)
        try synchronize(pass, readsBack: readsBack, &report, &clock)
        flows.noteFound(backend.foundFrontends)
        if mayHaveOtherRules && cluster.unknown != .anything { removeOtherRules(&report) }
        report.microseconds.commit += clock.lap()
        endFlows(&report)
        report.microseconds.flows = clock.lap()
    }

    private mutating func collectDiagnostics() {
        let revision = reported.revision &+ refused.revision
        if revision == diagnosticsRevision { return }
        diagnosticsRevision = revision
        diagnosticsInForce = reported.all(upTo: DaemonStatus.diagnosticsMax)
        for diagnostic in refused.diagnostics { diagnosticsInForce.append(diagnostic) }
    }

    /// Whether it is time to try again what the kernel refused, which the next sync does.
    func triesRefusedAgain(_ now: ContinuousClock.Instant) -> Bool { refused.isDue(now) }

    /// From now on, remembers for a follower which Services change.
    mutating func startFollowing() { untold = [] }

    /// What a follower is to be told, since the rules for it are in force.
    ///
    /// - Returns: nil if there is nothing new.
    mutating func takeNews() -> ServiceChanges? {
        guard let names = untold, !names.isEmpty || toldUnknown != cluster.unknown else { return nil }
        untold = []
        toldUnknown = cluster.unknown
        return ServiceChanges(names, in: cluster)
    }

    /// Whether the machine has other addresses than at the last sync. The next sync then heeds them.
    package mutating func checkForOtherAddresses() throws -> Bool {
        guard let machineAddresses else { return false }
        let now = try kernel.machineAddresses()
        if now == machineAddresses { return false }
        self.machineAddresses = now
        return true
    }

    /// What is known of others' commits without reading anything back.
    package enum ForeignCommit: Hashable, Sendable {
        /// There was none since the last sync.
        case none
        /// There was one. The next sync starts from what the kernel holds, since it may be ours that was changed.
        case some
        /// There was one, and a table of ours is not there any more.
        case takesTables
    }

    /// Whether somebody else has committed something since the last sync.
    ///
    /// Before the first sync the answer is no: nothing is known of the state then, and nothing must be done for it.
    package func foreignCommit() throws -> ForeignCommit {
        guard let moment, try kernel.generation() != moment.generation(after: kernel.transactions) else { return .none }
        return try backend.isGone() ? .takesTables : .some
    }

    /// Brings the kernel in step with all Services but those whose rules it refuses.
    ///
    /// It starts from what the kernel was left with, unless somebody else has committed something since, which may be a
    /// change of ours: the kernel is asked for its generation first, and refuses what was worked out from another one.
    /// Somebody who commits all the time must not keep our rules from taking effect: what was overtaken twice is
    /// committed whatever others do. They are noticed by the next look then.
    private mutating func synchronize(
        _ pass: SyncPass, readsBack: Bool, _ report: inout SyncReport, _ clock: inout PhaseClock
    ) throws {
        let start = ContinuousClock.now
        var pass = pass
        pass.changed.formUnion(refused.review(plan, start))
        var (failures, overtakings, refusals) = (0, 0, 0)
        while true {
            let now = KernelMoment(generation: try kernel.generation(), transactions: kernel.transactions)
            let isKnown = moment.map { $0.generation(after: now.transactions) == now.generation } ?? false
            let isAgain = failures + overtakings + refusals > 0
            if !isKnown && readsBack || isAgain { backend.forgetKernel() }
            let startsFromKernel = backend.startsFromKernel
            let isFresh = isKnown || startsFromKernel
            pass.generation = isFresh && overtakings < Self.overtakingsMax ? now.generation : nil
            do {
                try backend.synchronize(refused.applied(to: pass), &report, &clock)
                if isFresh { moment = now }
                break
            } catch let error as CommitError where error.isOvertaken && overtakings < Self.overtakingsMax {
                overtakings += 1
            } catch let refusal as ServicesRefused where startsFromKernel && refusals < Self.refusalsMax {
                refusals += 1
                report.diagnostics += refused.note(refusal, plan, former: formerPlans, start)
            } catch  where failures == 0 {
                failures += 1
            }
        }
        refused.succeed()
        formerPlans = [:]
    }

    private static let overtakingsMax = 2

    /// Only after our rules are in force, so that there is no moment without any.
    private mutating func removeOtherRules(_ report: inout SyncReport) {
        do {
            for other in ProxyMode.allCases where other != mode {
                flows.noteFound(try other.frontends(in: kernel))
                try other.removeRules(from: kernel)
            }
            try mode.removeRules(of: Set(IPFamily.allCases).subtracting(plan.view.families), from: kernel)
            mayHaveOtherRules = false
        } catch {
            report.diagnostics.append(
                Diagnostic(.warning, "what another proxy mode or family left is not all gone: \(error)"))
        }
    }

    private mutating func endFlows(_ report: inout SyncReport) {
        do {
            report.endedFlows = try flows.endFlows(of: kernel)
        } catch {
            report.diagnostics.append(
                Diagnostic(.warning, "some flows may still go to endpoints that are gone: \(error)"))
        }
    }

    /// What the plans of these Services and the node complain of, and did not before.
    private mutating func newDiagnostics(of services: Set<NamespacedName>) -> [Diagnostic] {
        reported.news(plan.nodeDiagnostics, of: NamespacedName("", plan.view.name))
            + services.filter { reported.isUsed || plan.services[$0]?.diagnostics.isEmpty == false }.sorted()
            .flatMap { reported.news(plan.services[$0]?.diagnostics ?? [], of: $0) }
    }
}

extension Proxier {
    /// A proxy that has seen nothing of the cluster yet.
    package init(_ configuration: Configuration, cluster: KnownCluster, kernel: any RuleKernel) {
        self.init(
            configuration.proxy, rules: configuration.rules, mode: configuration.mode, cluster: cluster, kernel: kernel)
    }
}
