import ClusterModel
import IPTables
import NetworkValues
import ProxyPlanning
import RuleCompilers

/// Rules in kube-proxy's chains of the tables of iptables.
struct IPTablesBackend: RuleBackend {
    private let kernel: any RuleKernel
    /// Nil until the kernel has been read, and after a commit that failed: the next one starts from what is there.
    private var compiler: IPTablesCompiler?
    /// The rules of shared chains that were there at the start and that no plan asks for, while there is input that could
    /// not be read: they may be asked for there. Nil if all input has been read since the start.
    private var unknown: [TableID: Set<UInt64>]?
    private var isFirst = true
    private(set) var foundFrontends: Set<FlowPlace> = []

    init(_ kernel: any RuleKernel) { self.kernel = kernel }

    static func removeRules(from kernel: any RuleKernel) throws {
        let changes = try TableID.all.map { id in
            try kernel.listed(as: TableContents(id)).removal(isOurs: IPTablesNames.isOurs)
        }
        try kernel.commit(changes.filter { !$0.isEmpty })
    }

    static func frontends(in kernel: any RuleKernel) throws -> Set<FlowPlace> {
        let tables = TableID.all.filter { $0.name == .nat }
        return Set(try tables.flatMap { ListedFrontends.unwantedPlaces(try kernel.listed(as: TableContents($0))) })
    }

    /// While there are rules that are known by their numbers alone, their chains must not be replaced.
    var startsFromKernel: Bool { compiler == nil || unknown != nil }

    mutating func forgetKernel() { compiler = nil }

    mutating func bringInStep(_ pass: SyncPass, _ report: inout SyncReport, _ clock: inout PhaseClock) throws {
        let startsFromKernel = startsFromKernel
        foundFrontends = []
        var compiler = compiler ?? IPTablesCompiler()
        self.compiler = nil
        var changes = compiler.update(to: pass.plan, changed: pass.changed)
        report.microseconds.compile += clock.lap()
        if startsFromKernel {
            let desired = compiler.contents
            let tables = try desired.map(kernel.listed)
            report.microseconds.read += clock.lap()
            if !pass.hasUnreadableInput { unknown = nil }
            if pass.hasUnreadableInput && isFirst { unknown = [:] }
            if pass.plan.view.usesAccounting {
                try kernel.ensureAccountingObjects(IPTablesNames.accountingObjects)
            }
            changes = zip(desired, tables).map { change(from: $1, to: $0, pass.plan) }.filter { !$0.isEmpty }
            let places = tables.map { ListedFrontends.unwantedPlaces($0, keeping: unknown?[$0.id] ?? []) }
            foundFrontends = Set(places.joined())
            report.microseconds.compile += clock.lap()
        }
        try kernel.commit(changes)
        self.compiler = compiler
        isFirst = false
        report.microseconds.commit += clock.lap()
        report.count(changes)
    }

    private mutating func change(
        from listed: ListedTable, to desired: TableContents, _ plan: ProxyPlan
    ) -> TableChange {
        if unknown != nil {
            let before = unknown?[desired.id]
            let rules = IPTablesNames.sharedChains.flatMap { listed.chains[$0] ?? [] }
            let kept = rules.filter { rule in
                (before?.contains(rule.handle) ?? isFirst) && isOfUnknownService(rule, plan)
            }
            unknown?[desired.id] = Set(kept.map(\.handle))
        }
        return desired.change(
            from: listed, isOurs: IPTablesNames.isServiceChain, keeping: unknown?[desired.id] ?? [])
    }

    private func isOfUnknownService(_ rule: ListedTable.Rule, _ plan: ProxyPlan) -> Bool {
        guard rule.wanted == nil, let service = rule.comment.flatMap(IPTablesNames.service(inComment:)) else {
            return false
        }
        return plan.services[service] == nil
    }
}
