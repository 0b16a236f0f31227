import ClusterState
import NetfilterKernel
import NetworkValues
import NFTables
import RuleCompilers

/// Brings the kernel in step with what a compiler makes of plans, whatever kind of rules that is.
struct CompiledBackend<Compiler: RuleCompiler>: RuleBackend {
    /// What is known of the kernel's tables.
    private enum Knowledge {
        /// Nothing, as at the start and after a commit that failed: the next pass starts from what is there.
        case unread
        /// They are what the compiler has made.
        case inStep(Compiler)
    }

    private let store: any RuleStore
    private let settings: RuleSettings
    private var knowledge = Knowledge.unread
    /// What the kernel held at the start and no plan asks for, while there is input that could not be read: it may be
    /// asked for there.
    private var kept: [Compiler.Table: Compiler.Kept] = [:]
    /// What was not known when that was last sorted out.
    private var keptFor = UnknownState.nothing
    private var isFirst = true
    private(set) var foundFrontends: Set<FlowPlace> = []
    private var tables: [TableID] = []

    init(_ store: any RuleStore, _ settings: RuleSettings) {
        self.store = store
        self.settings = settings
    }

    var startsFromKernel: Bool {
        if case .unread = knowledge { true } else { false }
    }

    mutating func forgetKernel() { knowledge = .unread }

    func isGone() throws -> Bool { try !tables.allSatisfy(store.hasTable) }

    mutating func synchronize(_ pass: SyncPass, _ report: inout SyncReport, _ clock: inout PhaseClock) throws {
        // What was kept for input that could not be read is sorted out once it can.
        if !kept.isEmpty && pass.unknown != keptFor { forgetKernel() }
        foundFrontends = []
        var (compiler, isKnown) = takeCompiler()
        var changes = compiler.update(to: pass.plan, changed: pass.changed)
        report.microseconds.compile += clock.lap()
        if !isKnown {
            let listing = try compiler.read(store, for: changes)
            tables = Compiler.tables(listing)
            report.microseconds.read += clock.lap()
            try Compiler.prepare(store, settings)
            let former = isFirst ? nil : kept
            kept = pass.unknown == .nothing ? [:] : compiler.kept(of: listing, among: former, pass)
            keptFor = pass.unknown
            changes = compiler.changes(from: listing, keeping: kept)
            foundFrontends = Compiler.frontends(of: listing, keeping: kept)
            report.microseconds.compile += clock.lap()
        }
        do {
            try Compiler.commit(changes, to: store, generation: pass.generation)
        } catch let error as CommitError {
            throw ServicesRefused(error, pass.plan) { compiler.owners(of: $0) } ?? error
        }
        report.prunedElements += try Compiler.prune(store, after: changes)
        if kept.isEmpty || Compiler.tracksKept { knowledge = .inStep(compiler) }
        isFirst = false
        report.microseconds.commit += clock.lap()
        Compiler.count(changes, in: &report)
    }

    /// The compiler, which is not kept here meanwhile: its tables are changed in place, and forgotten if anything fails.
    private mutating func takeCompiler() -> (compiler: Compiler, isKnown: Bool) {
        guard case .inStep(let compiler) = knowledge else { return (Compiler(settings), false) }
        knowledge = .unread
        return (compiler, true)
    }
}
