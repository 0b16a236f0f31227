import IPTables
import NetfilterKernel
import NetfilterWire
import NetworkValues
import NFTables
import ProxyDaemon
import RuleTesting

/// A kernel whose commits can be made to fail, and which counts what is asked of it.
final class FakeKernel: RuleKernel {
    struct Refused: Error {}

    var model = ModelKernel()
    var iptables = ModelIPTables()
    var refusals = 0
    /// Steps that are refused, by a part of their text.
    var refusedSteps: [String] = []
    /// How many of the next commits somebody else's overtakes.
    var overtakings = 0
    /// Transactions of anybody.
    var commits = 0
    private(set) var transactions: UInt32 = 0
    var pruned: [DynamicMapValues] = []
    /// Where flows with these destinations go.
    var flows: [(destination: FlowDestination, target: SocketAddress)] = []
    /// What it was asked to look at the flows for.
    var forbidden: [FlowTargets] = []
    var refusesFlows = false
    var routesLocalhost = true
    /// Called for each commit that is tried.
    var beforeCommit: () -> Void = {}
    var addresses: [IPAddress] = []
    var refusesAddresses = false
    var counted: [String] = []

    /// How long reading back takes; nil for no time.
    var readingTakes: Duration?

    func deviation(from wanted: TableContents) -> TableDeviation? {
        if let readingTakes {
            let end = ContinuousClock.now.advanced(by: readingTakes)
            while ContinuousClock.now < end {}
        }
        return (model.tables[wanted.id]?.contents(wanted.id)).map { TableDeviation(of: $0, from: wanted) }
    }

    func readTable(matching desired: XTTableContents) -> ListedTable { iptables.readTable(matching: desired) }

    func commit(_ changes: [TableChange], generation: UInt32?) throws {
        if changes.allSatisfy(\.isEmpty) { return }
        try refuse(Batch(changes).operations, generation)
        for change in changes where !change.isEmpty {
            noteTransaction()
            try model.apply(change)
        }
    }

    func commit(_ changes: [XTTableChange], generation: UInt32?) throws {
        if changes.allSatisfy(\.isEmpty) { return }
        try refuse(Batch(changes).operations, generation)
        for change in changes where !change.isEmpty {
            noteTransaction()
            try iptables.apply(change)
        }
    }

    func hasTable(_ table: TableID) -> Bool {
        guard let name = XTTableID.Name(rawValue: table.name) else { return model.tables[table] != nil }
        return !iptables.contents(XTTableID(table.family, name)).chains.isEmpty
    }

    func deleteTable(_ table: TableID) {
        if model.tables.removeValue(forKey: table) != nil { noteTransaction() }
    }

    private func noteTransaction() {
        commits += 1
        transactions += 1
    }

    func prune(_ maps: [DynamicMapValues], of table: TableID) -> Int {
        pruned += maps
        return maps.count
    }

    func endFlows(forbiddenBy targets: FlowTargets) throws -> Int {
        if refusesFlows { throw Refused() }
        forbidden.append(targets)
        let before = flows.count
        flows.removeAll { targets.forbid($0.destination, to: $0.target) }
        return before - flows.count
    }

    func ensureAccountingObjects(_ names: [String]) { counted += names.filter { !counted.contains($0) } }

    func accountingObjects() -> [AccountingObject] {
        counted.map { AccountingObject(name: $0, packets: 0, bytes: 0) }
    }

    func stopRoutingLocalhost() { routesLocalhost = false }

    func machineAddresses() throws -> [IPAddress] {
        if refusesAddresses { throw Refused() }
        return addresses
    }

    func generation() -> UInt32 { UInt32(commits) }

    private func refuse(_ steps: [BatchOperation], _ generation: UInt32?) throws {
        beforeCommit()
        if overtakings > 0 {
            overtakings -= 1
            commits += 1
        }
        if let generation, generation != UInt32(commits) { throw CommitError(KernelFailure("commit", .restart)) }
        let single = steps.flatMap { step in
            guard case .addElements(let id, let list) = step else { return [step] }
            return list.elements.map { .addElements(id, SetElements(list.set, [$0])) }
        }
        let refused = single.filter { step in
            step.commands.contains { command in
                command.hasPrefix("add ") && refusedSteps.contains { command.contains($0) }
            }
        }
        let failures = refused.map { KernelFailure($0.description, .invalid, step: $0) }
        if let first = failures.first { throw CommitError(first, others: Array(failures.dropFirst())) }
        guard refusals > 0 else { return }
        refusals -= 1
        throw Refused()
    }
}
