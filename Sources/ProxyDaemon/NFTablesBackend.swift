import ClusterModel
import NFTables
import NetfilterKernel
import NetworkValues
import ProxyPlanning
import RuleCompilers
import ClusterState

/// Rules in tables of our own.
struct NFTablesBackend: RuleBackend {
    private let kernel: any RuleKernel
    private let settings: RuleSettings
    /// Nil until the kernel has been read, and after a commit that failed: the next one starts from what is there.
    private var compiler: NFTablesCompiler?
    /// What the kernel held at the start and no plan asks for, while there is input that could not be read: it may be
    /// asked for there. Nil if there is none.
    private var kept: [TableID: Fragment]?
    /// What was not known when that was last sorted out.
    private var keptFor = UnknownState.nothing
    private var isFirst = true
    private(set) var foundFrontends: Set<FlowPlace> = []
    private var tables: [TableID] = []

    init(_ kernel: any RuleKernel, _ settings: RuleSettings) {
        self.kernel = kernel
        self.settings = settings
    }

    static func removeRules(of families: Set<IPFamily>, from kernel: any RuleKernel) throws {
        for family in families.sorted() { try kernel.deleteTable(NFTablesNames.table(family)) }
    }

    static func frontends(in kernel: any RuleKernel) throws -> Set<FlowPlace> {
        let deviations = try ListedFrontends.tables.compactMap(kernel.deviation)
        return Set(deviations.map { ListedFrontends.places($0.unwanted, $0.id.family) }.joined())
    }

    var startsFromKernel: Bool { compiler == nil }

    mutating func forgetKernel() { compiler = nil }

    func isGone() throws -> Bool { try !tables.allSatisfy(kernel.hasTable) }

    mutating func bringInStep(_ pass: SyncPass, _ report: inout SyncReport, _ clock: inout PhaseClock) throws {
        // What was kept for input that could not be read is sorted out once it can.
        if kept != nil && pass.unknown != keptFor { forgetKernel() }
        let startsFromKernel = startsFromKernel
        foundFrontends = []
        var compiler = compiler ?? NFTablesCompiler(settings)
        self.compiler = nil
        var changes = compiler.update(to: pass.plan, changed: pass.changed)
        report.microseconds.compile += clock.lap()
        if startsFromKernel {
            let wanted = changes.map(\.created)
            self.tables = wanted.map(\.id)
            let deviations = try wanted.compactMap(kernel.deviation)
            report.microseconds.read += clock.lap()
            let missing = changes.filter { creation in !deviations.contains { $0.id == creation.id } }
            changes = missing + deviations.compactMap { compiler.change(from: $0) }
            changes = keepingUnknown(changes, deviations, wanted, pass.unknown, &compiler)
            let keptPlaces = (kept ?? [:]).map { ListedFrontends.places($1.elements, $0.family) }
            let places = deviations.map { ListedFrontends.places($0.unwanted, $0.id.family) }
            foundFrontends = Set(places.joined()).subtracting(keptPlaces.joined())
            report.microseconds.compile += clock.lap()
        }
        do {
            try kernel.commit(changes, generation: pass.generation)
        } catch let error as CommitError {
            throw ServicesRefused(error, pass.plan) { compiler.owners(of: $0) } ?? error
        }
        for change in changes { report.prunedElements += try kernel.prune(change.prunedMaps, of: change.id) }
        self.compiler = compiler
        isFirst = false
        report.microseconds.commit += clock.lap()
        report.count(changes)
    }

    /// The first time, what would be deleted is kept if it may be of an object that is not known; from then on, what was
    /// kept then and still may be.
    private mutating func keepingUnknown(
        _ changes: [TableChange], _ deviations: [TableDeviation], _ wanted: [TableContents], _ unknown: UnknownState,
        _ compiler: inout NFTablesCompiler
    ) -> [TableChange] {
        let before = isFirst ? nil : kept ?? [:]
        kept = nil
        keptFor = unknown
        var rest: [TableID: Fragment] = [:]
        for deviation in deviations where unknown != .nothing {
            let table = deviation.id
            guard let change = changes.first(where: { $0.id == table }) else { continue }
            let leftovers = before.map { $0[table] ?? Fragment() } ?? change.leftovers(in: deviation)
            let held = wanted.first { $0.id == table }.map(deviation.held) ?? []
            let part = leftovers.part(of: held, unknown.mayHave, keepsAll: unknown == .anything)
            if part != Fragment() { rest[table] = part }
        }
        if rest.isEmpty { return changes }
        kept = rest
        for (table, leftovers) in rest { compiler.keep(leftovers, in: table) }
        return changes.map { change in rest[change.id].map(change.sparing) ?? change }
            .filter { !$0.isEmpty || !$0.prunedMaps.isEmpty }
    }
}
