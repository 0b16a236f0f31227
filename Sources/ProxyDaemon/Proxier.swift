import ClusterModel
import NFTables
import NetworkValues
public import ProxyPlanning
import RuleCompilers
public import StateFiles

/// Keeps the kernel's rules in step with the cluster's state: one pass through the pipeline for each update.
public struct Proxier {
    private let kernel: any RuleKernel
    private var snapshot = ClusterSnapshot()
    private var planner: Planner
    /// Nil until the kernel has been read, and after a commit that failed: the next one starts from what is there.
    private var compiler: NFTablesCompiler?
    /// What the kernel held at the start and no plan asks for, while there is input that could not be read: it may be
    /// asked for there. Nil if all input has been read since the start.
    private var unknown: [TableID: Fragment]?
    /// The kernel's generation after the last sync.
    private var generation: UInt32?
    /// What is to be done once the rules are in force; carried over from syncs that failed.
    private var staleFlows: [SocketAddress: Set<SocketAddress>] = [:]
    private var reported: [NamespacedName: [Diagnostic]] = [:]

    /// A proxy that has seen nothing of the cluster yet.
    public init(_ settings: ProxySettings, kernel: any RuleKernel) {
        self.kernel = kernel
        planner = Planner(settings)
    }

    /// What is to be done for the state as it is.
    public var plan: ProxyPlan { planner.plan }

    /// Takes in an update, and brings the kernel in step.
    ///
    /// A commit that fails is tried a second time from what the kernel holds, as somebody may have changed it. If that
    /// fails too the update is not lost: the next call, perhaps with an empty update, makes up for it.
    ///
    /// - Throws: what the kernel said; the old rules are still in force.
    public mutating func sync(_ update: StateUpdate) throws -> SyncReport {
        var report = SyncReport()
        var clock = PhaseClock()
        let change = snapshot.apply(update.edits)
        let before = planner.update(to: snapshot, change: change)
        let changed = Set(before.keys)
        for (name, old) in before {
            staleFlows.merge(ServicePlan.staleFlows(from: old, to: plan.services[name])) { _, new in new }
        }
        report.changedServices = changed.count
        report.services = plan.services.count
        report.diagnostics = newDiagnostics(of: changed)
        report.microseconds.plan = clock.lap()
        let isReadAtLast = unknown != nil && !update.hasUnreadableInput
        let startsFromKernel = compiler == nil || isReadAtLast
        do {
            try bringInStep(changed, startsFromKernel, update.hasUnreadableInput, &report, &clock)
        } catch  where !startsFromKernel {
            try bringInStep(changed, true, update.hasUnreadableInput, &report, &clock)
        }
        endStaleFlows(&report)
        report.microseconds.flows = clock.lap()
        return report
    }

    /// Whether somebody else has committed something since the last sync. The next sync then starts from what the kernel
    /// holds, since it may be ours that was changed.
    ///
    /// Before the first sync the answer is no: nothing is known of the state then, and nothing must be done for it.
    public mutating func noticesForeignCommit() throws -> Bool {
        guard let generation, try kernel.generation() != generation else { return false }
        compiler = nil
        return true
    }

    private mutating func bringInStep(
        _ changed: Set<NamespacedName>, _ startsFromKernel: Bool, _ hasUnreadableInput: Bool,
        _ report: inout SyncReport, _ clock: inout PhaseClock
    ) throws {
        if startsFromKernel { compiler = NFTablesCompiler() }
        var changes = compiler?.update(to: planner.plan, changed: changed) ?? []
        report.microseconds.compile += clock.lap()
        if startsFromKernel {
            let kernelTables = try readKernel()
            report.microseconds.read += clock.lap()
            changes = changesFromKernel(kernelTables, creations: changes)
            changes = keepingUnknown(changes, kernelTables, hasUnreadableInput)
        }
        report.microseconds.compile += clock.lap()
        do {
            try kernel.commit(changes)
            for change in changes { report.prunedElements += try kernel.prune(change.prunedMaps, of: change.id) }
            generation = try kernel.generation()
        } catch {
            compiler = nil
            throw error
        }
        report.microseconds.commit += clock.lap()
        report.count(changes)
    }

    /// Only after the rules are in force, or a packet in between would make the stale flow anew.
    private mutating func endStaleFlows(_ report: inout SyncReport) {
        do {
            report.endedFlows = try kernel.endFlows(astrayFrom: staleFlows)
            staleFlows = [:]
        } catch {
            report.diagnostics.append(
                Diagnostic(.warning, "some UDP flows may still go to endpoints that are gone: \(error)"))
        }
    }

    private mutating func readKernel() throws -> [TableContents] {
        do {
            let desired = compiler?.declarations ?? []
            return try desired.compactMap(kernel.contents)
        } catch {
            compiler = nil
            throw error
        }
    }

    /// What is to be sent: for a table that is not there, what makes it.
    private func changesFromKernel(_ tables: [TableContents], creations: [TableChange]) -> [TableChange] {
        let missing = creations.filter { creation in !tables.contains { $0.id == creation.id } }
        return missing + tables.compactMap { compiler?.change(from: $0) }
    }

    /// The first time, all that would be deleted is kept if there is input that could not be read; from then on, what was
    /// kept then.
    private mutating func keepingUnknown(
        _ changes: [TableChange], _ tables: [TableContents], _ hasUnreadableInput: Bool
    ) -> [TableChange] {
        let isFirst = generation == nil
        if !hasUnreadableInput { unknown = nil }
        if hasUnreadableInput && isFirst {
            let leftovers = changes.compactMap { change in
                tables.first { $0.id == change.id }.map { (change.id, change.leftovers(in: $0)) }
            }
            unknown = Dictionary(uniqueKeysWithValues: leftovers)
        }
        for (table, leftovers) in unknown ?? [:] { compiler?.keep(leftovers, in: table) }
        return changes.map { change in unknown?[change.id].map(change.sparing) ?? change }
            .filter { !$0.isEmpty || !$0.prunedMaps.isEmpty }
    }

    /// What the plans of these Services complain of, and did not before.
    private mutating func newDiagnostics(of services: Set<NamespacedName>) -> [Diagnostic] {
        services.sorted().flatMap { name in
            let new = plan.services[name]?.diagnostics ?? []
            let old = reported.updateValue(new, forKey: name) ?? []
            if new.isEmpty { reported[name] = nil }
            return new.filter { !old.contains($0) }
        }
    }
}
