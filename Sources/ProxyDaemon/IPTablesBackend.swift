import ClusterModel
import ClusterState
import IPTables
import NetfilterKernel
import NetworkValues
import ProxyPlanning
import RuleCompilers

/// Rules in kube-proxy's chains of the tables of iptables.
struct IPTablesBackend: RuleBackend {
    private let kernel: any RuleKernel
    private let settings: RuleSettings
    /// Nil until the kernel has been read, and after a commit that failed: the next one starts from what is there.
    private var compiler: IPTablesCompiler?
    /// The rules of shared chains that were there at the start and that no plan asks for, while there is input that could
    /// not be read: they may be asked for there. Nil if there are none.
    private var kept: [TableID: Set<UInt64>]?
    private var isFirst = true
    private(set) var foundFrontends: Set<FlowPlace> = []
    private var tables: [TableID] = []

    init(_ kernel: any RuleKernel, _ settings: RuleSettings) {
        self.kernel = kernel
        self.settings = settings
    }

    static func removeRules(of families: Set<IPFamily>, from kernel: any RuleKernel) throws {
        let generation = try kernel.generation()
        let changes = try TableID.all.filter { families.contains($0.family) }.map { id in
            try kernel.listed(as: TableContents(id)).removal(isOurs: IPTablesNames.isOurs)
        }
        let removals = changes.filter { !$0.isEmpty }
        // Localhost node ports need a kernel that routes 127.0.0.0/8, which takes a rule to be safe.
        let localhost = Result {
            if removals.contains(where: { $0.id.family == .ipv4 }) { try kernel.stopRoutingLocalhost() }
        }
        try kernel.commit(removals, generation: generation)
        try localhost.get()
    }

    static func frontends(in kernel: any RuleKernel) throws -> Set<FlowPlace> {
        let tables = TableID.all.filter { $0.name == .nat }
        return Set(try tables.flatMap { ListedFrontends.unwantedPlaces(try kernel.listed(as: TableContents($0))) })
    }

    /// While there are rules that are known by their numbers alone, their chains must not be replaced.
    var startsFromKernel: Bool { compiler == nil || kept != nil }

    mutating func forgetKernel() { compiler = nil }

    func isGone() throws -> Bool { try !tables.allSatisfy(kernel.hasTable) }

    mutating func bringInStep(_ pass: SyncPass, _ report: inout SyncReport, _ clock: inout PhaseClock) throws {
        let startsFromKernel = startsFromKernel
        foundFrontends = []
        var compiler = compiler ?? IPTablesCompiler(settings)
        self.compiler = nil
        var changes = compiler.update(to: pass.plan, changed: pass.changed)
        report.microseconds.compile += clock.lap()
        if startsFromKernel {
            let desired = compiler.contents
            self.tables = desired.filter { !$0.chains.isEmpty }.map(\.id)
            let tables = try desired.map(kernel.listed)
            report.microseconds.read += clock.lap()
            if isFirst && pass.unknown != .nothing { kept = [:] }
            if settings.usesAccounting {
                try kernel.ensureAccountingObjects(IPTablesNames.accountingObjects)
            }
            changes = zip(desired, tables).map { change(from: $1, to: $0, pass) }.filter { !$0.isEmpty }
            let places = tables.map { ListedFrontends.unwantedPlaces($0, keeping: kept?[$0.id] ?? []) }
            foundFrontends = Set(places.joined())
            if kept?.values.allSatisfy(\.isEmpty) == true { kept = nil }
            report.microseconds.compile += clock.lap()
        }
        do {
            try kernel.commit(changes, generation: pass.generation)
        } catch let error as CommitError {
            throw ServicesRefused(error, pass.plan) { compiler.owners(of: $0) } ?? error
        }
        self.compiler = compiler
        isFirst = false
        report.microseconds.commit += clock.lap()
        report.count(changes)
    }

    private mutating func change(
        from listed: ListedTable, to desired: TableContents, _ pass: SyncPass
    ) -> TableChange {
        if kept != nil {
            let before = kept?[desired.id]
            let rules = IPTablesNames.sharedChains.flatMap { listed.chains[$0] ?? [] }
            let rest = rules.filter { rule in
                (before?.contains(rule.handle) ?? isFirst) && isOfUnknownService(rule, pass)
            }
            kept?[desired.id] = Set(rest.map(\.handle))
        }
        return desired.change(
            from: listed, isOurs: IPTablesNames.isServiceChain, keeping: kept?[desired.id] ?? [])
    }

    private func isOfUnknownService(_ rule: ListedTable.Rule, _ pass: SyncPass) -> Bool {
        guard rule.wanted == nil, let service = rule.comment.flatMap(IPTablesNames.service(inComment:)) else {
            return false
        }
        return pass.plan.services[service] == nil && pass.unknown.mayHave(service)
    }
}
