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
    /// Whether the kernel may hold rules of objects that could not be read, which are in no plan and are left alone.
    /// Until all can be read, every sync starts from what the kernel holds.
    private var keepsUnknown = false
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
        let startsFromKernel = compiler == nil || keepsUnknown
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
        }
        keepsUnknown = startsFromKernel && hasUnreadableInput
        if keepsUnknown { changes = changes.map(\.withoutDeletions) }
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
        let changes = missing + tables.compactMap { compiler?.change(from: $0) }
        return changes.filter { !$0.isEmpty || !$0.prunedMaps.isEmpty }
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

extension TableChange {
    /// Only what is added or replaced. Elements that get another value under the same key are still deleted first.
    fileprivate var withoutDeletions: TableChange {
        var change = withoutRemovals
        let added = Dictionary(
            addedElements.map { ($0.set, Set($0.elements.map(\.key))) }, uniquingKeysWith: { $0.union($1) })
        change.deletedElements = deletedElements.compactMap { list in
            let replaced = list.elements.filter { added[list.set]?.contains($0.key) == true }
            return replaced.isEmpty ? nil : SetElements(list.set, replaced)
        }
        return change
    }
}
