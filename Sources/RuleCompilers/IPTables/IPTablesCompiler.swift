package import ClusterModel
package import IPTables
import NetworkValues
package import ProxyPlanning
import Threads

/// Compiles a plan into kube-proxy's chains of the tables mangle, filter and nat, and keeps them in step with it.
///
/// The chains are a function of the plan and the settings alone.
package struct IPTablesCompiler: Sendable {
    /// kube-proxy's `largeClusterEndpointsThreshold`: with more endpoints, rules carry no comments.
    static let largeClusterEndpointsMax = 1000

    private let settings: RuleSettings
    private var tables: [XTComposedTable]
    private var view: NodeView?
    private var endpointCounts: [IPFamily: [NamespacedName: Int]] = [:]
    private var endpointTotals: [IPFamily: Int] = [:]
    private var large: Set<IPFamily> = []

    /// A compiler that has not seen a plan.
    package init(_ settings: RuleSettings = RuleSettings()) {
        self.settings = settings
        tables = XTTableID.all.map { XTComposedTable($0) }
    }

    /// All that a plan asks for.
    package static func compile(_ plan: ProxyPlan, _ settings: RuleSettings = RuleSettings()) -> [XTTableContents] {
        var compiler = IPTablesCompiler(settings)
        compiler.update(to: plan, changed: [])
        return compiler.contents
    }

    /// All that is ours in the tables of the families in which anything is done.
    package var contents: [XTTableContents] {
        tables.filter { view?.families.contains($0.id.family) ?? true }.map(\.contents)
    }

    /// The table of this identity.
    package func table(_ id: XTTableID) -> XTComposedTable? { tables.first { $0.id == id } }

    /// Brings the tables in step with the plan.
    ///
    /// - Parameters:
    ///   - plan: What is to be done.
    ///   - changed: The Services whose plans are not what they were the last time.
    /// - Returns: what this changes in the tables, to be sent in one transaction; empty if nothing.
    @discardableResult
    package mutating func update(to plan: ProxyPlan, changed: Set<NamespacedName>) -> [XTTableChange] {
        let isNewView = view != plan.view
        view = plan.view
        let all = isNewView ? changed.union(plan.services.keys) : changed
        var changes: [XTTableChange] = []
        for family in IPFamily.allCases where plan.view.families.contains(family) {
            count(all, in: plan, family)
            let isLarge = endpointTotals[family, default: 0] > Self.largeClusterEndpointsMax
            let isOtherSize = isLarge != large.contains(family)
            if isLarge { large.insert(family) } else { large.remove(family) }
            let services = isOtherSize ? all.union(plan.services.keys) : all
            changes += update(family, to: plan, services, withFrame: isNewView, isLarge: isLarge)
        }
        return changes.filter { !$0.isEmpty }
    }

    private mutating func update(
        _ family: IPFamily, to plan: ProxyPlan, _ services: Set<NamespacedName>, withFrame: Bool, isLarge: Bool
    ) -> [XTTableChange] {
        let context = RuleContext(view: plan.view, settings: settings)
        let compiler = IPTablesService(context: context, isLarge: isLarge)
        let names = Array(services)
        let namesPerPiece = 64
        let parts = names.concurrentMap(inPiecesOf: namesPerPiece) { piece in
            piece.map { name in
                let fragments = plan.services[name].map { compiler.fragments($0, family: family) }
                return (owner: name.description, nat: fragments?.nat, filter: fragments?.filter)
            }
        }.joined()
        return tables.indices.filter { tables[$0].id.family == family }.map { index in
            let id = tables[index].id
            var replacements: [(owner: String, fragment: XTFragment?)] =
                switch id.name {
                case .mangle: []
                case .filter: parts.map { ($0.owner, $0.filter) }
                case .nat: parts.map { ($0.owner, $0.nat) }
                }
            if withFrame { replacements.append((XTComposedTable.frameOwner, IPTablesFrame.fragment(id, context))) }
            return tables[index].replace(replacements)
        }
    }

    private mutating func count(_ services: Set<NamespacedName>, in plan: ProxyPlan, _ family: IPFamily) {
        for name in services {
            let ports = plan.services[name]?.ports.filter { $0.family == family } ?? []
            let new = ports.reduce(0) { $0 + $1.listedEndpointCount }
            let old = endpointCounts[family, default: [:]].updateValue(new, forKey: name) ?? 0
            endpointTotals[family, default: 0] += new - old
            if new == 0 { endpointCounts[family]?[name] = nil }
        }
    }
}
