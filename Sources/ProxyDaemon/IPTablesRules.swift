import ClusterModel
import ClusterState
import IPTables
import NetfilterKernel
import NetfilterWire
import NetworkValues
import NFTables
import ProxyPlanning
import RuleCompilers

/// Rules in kube-proxy's chains of the tables of iptables.
extension IPTablesCompiler: RuleCompiler {
    typealias Table = XTTableID
    typealias Kept = Set<UInt64>

    struct Listing {
        /// What is ours in the tables, as it should be.
        let wanted: [XTTableContents]
        /// The same tables, in the same order.
        let found: [ListedTable]
    }

    /// Rules in shared chains are known by their numbers alone: their chains must not be replaced.
    static var tracksKept: Bool { false }

    func read(_ store: any RuleStore, for creations: [XTTableChange]) throws -> Listing {
        let wanted = contents
        return Listing(wanted: wanted, found: try wanted.map(store.readTable))
    }

    static func tables(_ listing: Listing) -> [TableID] {
        listing.wanted.filter { !$0.chains.isEmpty }.map { TableID($0.id) }
    }

    func kept(of listing: Listing, among former: [Table: Kept]?, _ pass: SyncPass) -> [Table: Kept] {
        var kept: [Table: Kept] = [:]
        for table in listing.found {
            let before = former.map { $0[table.id] ?? [] }
            let rules = IPTablesNames.sharedChains.flatMap { table.chains[$0] ?? [] }
            let rest = rules.filter { rule in
                (before?.contains(rule.handle) ?? true) && Self.isOfUnknownService(rule, pass)
            }
            if !rest.isEmpty { kept[table.id] = Set(rest.map(\.handle)) }
        }
        return kept
    }

    private static func isOfUnknownService(_ rule: ListedTable.Rule, _ pass: SyncPass) -> Bool {
        guard rule.wanted == nil, let service = rule.comment.flatMap(IPTablesNames.service(inComment:)) else {
            return false
        }
        return pass.plan.services[service] == nil && pass.unknown.mayHave(service)
    }

    mutating func changes(
        from listing: Listing, keeping kept: [Table: Kept]
    ) -> [XTTableChange] {
        zip(listing.wanted, listing.found).map { wanted, found in
            wanted.change(from: found, isOurs: IPTablesNames.isServiceChain, keeping: kept[wanted.id] ?? [])
        }
        .filter { !$0.isEmpty }
    }

    static func frontends(of listing: Listing, keeping kept: [Table: Kept]) -> Set<FlowPlace> {
        Set(listing.found.flatMap { ListedFrontends.unwantedPlaces($0, keeping: kept[$0.id] ?? []) })
    }

    static func prepare(_ store: any RuleStore, _ settings: RuleSettings) throws {
        if settings.usesAccounting { try store.ensureAccountingObjects(IPTablesNames.accountingObjects) }
    }

    static func commit(_ changes: [XTTableChange], to store: any RuleStore, generation: UInt32?) throws {
        try store.commit(changes, generation: generation)
    }

    static func count(_ changes: [XTTableChange], in report: inout SyncReport) { report.count(changes) }

    func owners(of failure: KernelFailure) -> [String] {
        guard let step = failure.step, let name = Table.Name(rawValue: step.table.name),
            let table = table(Table(step.table.family, name))
        else { return [] }
        return switch step {
        case .addChain(_, let chain): table.owners(ofChain: chain.name)
        case .flushChain(_, let chain): table.owners(ofChain: chain)
        case .addXTRule(_, let chain, let rule, _): table.owners(of: rule, in: chain)
        default: []
        }
    }

    static func removeRules(of families: Set<IPFamily>, from store: any RuleStore) throws {
        let generation = try store.generation()
        let changes = try Table.all.filter { families.contains($0.family) }.map { id in
            try store.readTable(matching: XTTableContents(id)).removal(isOurs: IPTablesNames.isOurs)
        }
        let removals = changes.filter { !$0.isEmpty }
        // Localhost node ports need a kernel that routes 127.0.0.0/8, which takes a rule to be safe.
        let localhost = Result {
            if removals.contains(where: { $0.id.family == .ipv4 }) { try store.stopRoutingLocalhost() }
        }
        try store.commit(removals, generation: generation)
        try localhost.get()
    }

    static func frontends(in store: any RuleStore) throws -> Set<FlowPlace> {
        let tables = Table.all.filter { $0.name == .nat }
        return Set(
            try tables.flatMap { ListedFrontends.unwantedPlaces(try store.readTable(matching: XTTableContents($0))) })
    }
}
