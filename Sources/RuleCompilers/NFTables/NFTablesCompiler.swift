package import ClusterModel
import NetworkValues
package import NFTables
package import ProxyPlanning
import Threads

/// Compiles a plan into the tables `ip switchyard` and `ip6 switchyard`, and keeps them in step with it.
///
/// The tables are a function of the plan and the settings alone. What is kept is only what is needed to find out, in time proportional to
/// what changed, how the kernel's tables differ from those of the next plan.
package struct NFTablesCompiler: Sendable {
    private let settings: RuleSettings
    private var tables: [ComposedTable]
    private var view: NodeView?
    private var serviceCIDRs: [IPPrefix] = []

    /// A compiler that has not seen a plan.
    package init(_ settings: RuleSettings = RuleSettings()) {
        self.settings = settings
        tables = IPFamily.allCases.map { ComposedTable(NFTablesNames.table($0), comment: NFTablesNames.tableComment) }
    }

    /// The tables that a plan asks for, whole.
    package static func compile(_ plan: ProxyPlan, _ settings: RuleSettings = RuleSettings()) -> [TableContents] {
        var compiler = NFTablesCompiler(settings)
        compiler.update(to: plan, changed: [])
        return compiler.usedTables.map(\.contents)
    }

    /// Those of the families in which anything is done.
    private var usedTables: [ComposedTable] { tables.filter { isUsed($0.id.family) } }

    private func isUsed(_ family: IPFamily) -> Bool { view?.families.contains(family) ?? true }

    /// What turns the table that the kernel holds into that of the plan; nil if it is none of ours.
    package func change(from kernel: TableDeviation) -> TableChange? {
        tables.first { $0.id == kernel.id }?.change(from: kernel)
    }

    /// Leaves in a table what the kernel holds for owners that are not known; see ``ComposedTable/keep(_:)``.
    package mutating func keep(_ leftovers: Fragment, in table: TableID) {
        for index in tables.indices where tables[index].id == table { tables[index].keep(leftovers) }
    }

    /// The table of this identity; nil if it is none of ours.
    package func table(_ id: TableID) -> ComposedTable? { tables.first { $0.id == id } }

    /// Brings the tables in step with the plan.
    ///
    /// - Parameters:
    ///   - plan: What is to be done.
    ///   - changed: The Services whose plans are not what they were the last time.
    /// - Returns: what this changes in the tables, to be sent in one transaction; empty if nothing. The first time, what
    ///   makes them.
    @discardableResult
    package mutating func update(to plan: ProxyPlan, changed: Set<NamespacedName>) -> [TableChange] {
        // The first time, and when the node itself changed, every fragment is made anew.
        let isWhole = view != plan.view
        let isNewFrame = isWhole || serviceCIDRs != plan.serviceCIDRs
        view = plan.view
        serviceCIDRs = plan.serviceCIDRs
        let context = RuleContext(view: plan.view, settings: settings)
        let names = Array(isWhole ? changed.union(plan.services.keys) : changed)
        let owners = names.map(\.description)
        return tables.indices.filter { isUsed(tables[$0].id.family) }.map { index in
            let family = tables[index].id.family
            let fragments = Self.fragments(of: names, plan, context, family)
            var replacements = Array(zip(owners, fragments))
            if isNewFrame {
                let frame = NFTablesFrame.fragment(family, context, serviceCIDRs: plan.serviceCIDRs)
                replacements.append((ComposedTable.frameOwner, frame))
            }
            return tables[index].replace(replacements)
        }
        .filter { !$0.isEmpty || !$0.prunedMaps.isEmpty }
    }

    /// What Services have in a table, in their order; worked out on all processors if there are many.
    private static func fragments(
        of names: [NamespacedName], _ plan: ProxyPlan, _ context: RuleContext, _ family: IPFamily
    ) -> [Fragment?] {
        let namesPerPiece = 128
        return names.concurrentMap(inPiecesOf: namesPerPiece) { piece in
            var compiler = NFTablesService(context, family)
            return piece.map { name in plan.services[name].flatMap { compiler.fragment($0) } }
        }
        .flatMap { $0 }
    }
}
