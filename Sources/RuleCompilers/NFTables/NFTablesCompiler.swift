public import ClusterModel
public import NFTables
import NetworkValues
public import ProxyPlanning

/// Compiles a plan into the tables `ip switchyard` and `ip6 switchyard`, and keeps them in step with it.
///
/// The tables are a function of the plan alone. What is kept is only what is needed to find out, in time proportional to
/// what changed, how the kernel's tables differ from those of the next plan.
public struct NFTablesCompiler: Sendable {
    private var tables: [ComposedTable]
    private var view: NodeView?

    /// Starts from what the kernel holds.
    ///
    /// - Parameter kernel: the tables as they were read back; one that is not there is missing from it.
    public init(kernel: [TableContents] = []) {
        tables = IPFamily.allCases.map { family in
            let id = NFTablesNames.table(family)
            return ComposedTable(id, comment: NFTablesNames.tableComment, kernel: kernel.first { $0.id == id })
        }
    }

    /// The tables that a plan asks for, whole.
    public static func compile(_ plan: ProxyPlan) -> [TableContents] {
        var compiler = NFTablesCompiler()
        compiler.update(to: plan, changed: [])
        return compiler.tables.map(\.contents)
    }

    /// Brings the tables in step with the plan.
    ///
    /// - Parameters:
    ///   - plan: What is to be done.
    ///   - changed: The Services whose plans are not what they were the last time.
    /// - Returns: what is to be changed in the kernel, in one transaction; empty if nothing is.
    @discardableResult
    public mutating func update(to plan: ProxyPlan, changed: Set<NamespacedName>) -> [TableChange] {
        // The first time, and when the node itself changed, every fragment is made anew.
        let isWhole = view != plan.view
        view = plan.view
        let services = isWhole ? changed.union(plan.services.keys) : changed
        return tables.indices.map { index in
            let family = tables[index].id.family
            var replacements: [String: Fragment?] = [:]
            replacements.reserveCapacity(services.count + 1)
            if isWhole {
                replacements[ComposedTable.frameOwner] = NFTablesFrame.fragment(
                    family, masqueradeMark: plan.view.masqueradeMark)
            }
            for name in services {
                let fragment = plan.services[name].flatMap {
                    NFTablesService.fragment($0, view: plan.view, family: family)
                }
                replacements.updateValue(fragment, forKey: name.description)
            }
            return tables[index].replace(replacements)
        }
        .filter { !$0.isEmpty || !$0.prunedMaps.isEmpty }
    }
}
