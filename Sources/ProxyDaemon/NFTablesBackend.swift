import ClusterModel
import NFTables
import NetworkValues
import ProxyPlanning
import RuleCompilers

/// Rules in tables of our own.
struct NFTablesBackend: RuleBackend {
    private let kernel: any RuleKernel
    /// Nil until the kernel has been read, and after a commit that failed: the next one starts from what is there.
    private var compiler: NFTablesCompiler?
    /// What the kernel held at the start and no plan asks for, while there is input that could not be read: it may be
    /// asked for there. Nil if all input has been read since the start.
    private var unknown: [TableID: Fragment]?
    private var isFirst = true
    private(set) var foundFrontends: Set<FlowPlace> = []

    init(_ kernel: any RuleKernel) { self.kernel = kernel }

    static func removeRules(from kernel: any RuleKernel) throws {
        for family in IPFamily.allCases { try kernel.deleteTable(NFTablesNames.table(family)) }
    }

    static func frontends(in kernel: any RuleKernel) throws -> Set<FlowPlace> {
        Set(try ListedFrontends.tables.compactMap(kernel.contents).flatMap(ListedFrontends.places))
    }

    var startsFromKernel: Bool { compiler == nil }

    mutating func forgetKernel() { compiler = nil }

    mutating func bringInStep(_ pass: SyncPass, _ report: inout SyncReport, _ clock: inout PhaseClock) throws {
        // What was kept for input that could not be read is sorted out once it can.
        if unknown != nil && !pass.hasUnreadableInput { forgetKernel() }
        let startsFromKernel = startsFromKernel
        foundFrontends = []
        var compiler = compiler ?? NFTablesCompiler()
        self.compiler = nil
        var changes = compiler.update(to: pass.plan, changed: pass.changed)
        report.microseconds.compile += clock.lap()
        if startsFromKernel {
            let tables = try compiler.declarations.compactMap(kernel.contents)
            report.microseconds.read += clock.lap()
            let missing = changes.filter { creation in !tables.contains { $0.id == creation.id } }
            changes = missing + tables.compactMap { compiler.change(from: $0) }
            changes = keepingUnknown(changes, tables, pass.hasUnreadableInput, &compiler)
            let kept = (unknown ?? [:]).map { ListedFrontends.places($1.elements, $0.family) }
            foundFrontends = Set(tables.flatMap(ListedFrontends.places)).subtracting(kept.joined())
            report.microseconds.compile += clock.lap()
        }
        try kernel.commit(changes)
        for change in changes { report.prunedElements += try kernel.prune(change.prunedMaps, of: change.id) }
        self.compiler = compiler
        isFirst = false
        report.microseconds.commit += clock.lap()
        report.count(changes)
    }

    /// The first time, all that would be deleted is kept if there is input that could not be read; from then on, what was
    /// kept then.
    private mutating func keepingUnknown(
        _ changes: [TableChange], _ tables: [TableContents], _ hasUnreadableInput: Bool,
        _ compiler: inout NFTablesCompiler
    ) -> [TableChange] {
        if !hasUnreadableInput { unknown = nil }
        if hasUnreadableInput && isFirst {
            let leftovers = changes.compactMap { change in
                tables.first { $0.id == change.id }.map { (change.id, change.leftovers(in: $0)) }
            }
            unknown = Dictionary(uniqueKeysWithValues: leftovers)
        }
        for (table, leftovers) in unknown ?? [:] { compiler.keep(leftovers, in: table) }
        return changes.map { change in unknown?[change.id].map(change.sparing) ?? change }
            .filter { !$0.isEmpty || !$0.prunedMaps.isEmpty }
    }
}
