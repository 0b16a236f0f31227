import ClusterState
import NetfilterKernel
import NetfilterWire
import NetworkValues
import NFTables
import ProxyPlanning
import RuleCompilers

/// Rules in tables of our own.
extension NFTablesCompiler: RuleCompiler {
    typealias Table = TableID
    typealias Kept = Fragment

    struct Listing {
        /// What makes the tables.
        let creations: [TableChange]
        /// What they should be.
        let wanted: [TableContents]
        /// Those that there are.
        let deviations: [TableDeviation]
    }

    static var tracksKept: Bool { true }

    func read(_ store: any RuleStore, for creations: [TableChange]) throws -> Listing {
        let wanted = creations.map(\.created)
        return Listing(creations: creations, wanted: wanted, deviations: try wanted.compactMap(store.deviation))
    }

    static func tables(_ listing: Listing) -> [TableID] { listing.wanted.map(\.id) }

    func kept(of listing: Listing, among former: [TableID: Fragment]?, _ pass: SyncPass) -> [TableID: Fragment] {
        var kept: [TableID: Fragment] = [:]
        for deviation in listing.deviations {
            let id = deviation.id
            guard
                let leftovers = former.map({ $0[id] ?? Fragment() })
                    ?? change(from: deviation)?.leftovers(in: deviation)
            else { continue }
            let held = listing.wanted.first { $0.id == id }.map(deviation.held) ?? []
            let part = leftovers.part(of: held, pass.unknown.mayHave, keepsAll: pass.unknown == .anything)
            if part != Fragment() { kept[id] = part }
        }
        return kept
    }

    mutating func changes(from listing: Listing, keeping kept: [TableID: Fragment]) -> [TableChange] {
        let missing = listing.creations.filter { creation in !listing.deviations.contains { $0.id == creation.id } }
        let changes = missing + listing.deviations.compactMap { change(from: $0) }
        for (table, leftovers) in kept { keep(leftovers, in: table) }
        return changes.map { change in kept[change.id].map(change.sparing) ?? change }
            .filter { !$0.isEmpty || !$0.prunedMaps.isEmpty }
    }

    static func frontends(of listing: Listing, keeping kept: [TableID: Fragment]) -> Set<FlowPlace> {
        let keptPlaces = kept.map { ListedFrontends.places($1.elements, $0.family) }
        let places = listing.deviations.map { ListedFrontends.places($0.unwanted, $0.id.family) }
        return Set(places.joined()).subtracting(keptPlaces.joined())
    }

    static func commit(_ changes: [TableChange], to store: any RuleStore, generation: UInt32?) throws {
        try store.commit(changes, generation: generation)
    }

    static func prune(_ store: any RuleStore, after changes: [TableChange]) throws -> Int {
        try changes.reduce(0) { try $0 + store.prune($1.prunedMaps, of: $1.id) }
    }

    static func count(_ changes: [TableChange], in report: inout SyncReport) { report.count(changes) }

    func owners(of failure: KernelFailure) -> [String] {
        guard let step = failure.step, let table = table(step.table) else { return [] }
        return switch step {
        case .addSet(_, let set): table.owners(ofSet: set.name)
        case .addChain(_, let chain): table.owners(ofChain: chain.name)
        case .flushChain(_, let chain), .addRule(_, let chain, _): table.owners(ofChain: chain)
        // Kernels that do not say which element of many it is would have all their owners left out.
        case .addElements(_, let list): list.elements.count == 1 ? table.owners(of: list) : []
        default: []
        }
    }

    static func removeRules(of families: Set<IPFamily>, from store: any RuleStore) throws {
        for family in families.sorted() { try store.deleteTable(NFTablesNames.table(family)) }
    }

    static func frontends(in store: any RuleStore) throws -> Set<FlowPlace> {
        let deviations = try ListedFrontends.tables.compactMap(store.deviation)
        return Set(deviations.map { ListedFrontends.places($0.unwanted, $0.id.family) }.joined())
    }
}
