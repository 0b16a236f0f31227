import ClusterModel
import ClusterState
package import NetworkValues
package import ProxyConfiguration
import ProxyPlanning
import RuleCompilers

/// What one pass through the pipeline has to do.
struct SyncPass {
    /// What is to be done.
    var plan: ProxyPlan
    /// The Services whose plans are not what they were the last time.
    var changed: Set<NamespacedName>
    /// What is not known of the state, so that what is in the kernel may be asked for there.
    var unknown: UnknownState
    /// The kernel's generation from which the backend may start; nil if it is to commit whatever others do meanwhile.
    var generation: UInt32?
}

/// One kind of rules: compiles plans, and brings the kernel in step with them.
protocol RuleBackend {
    /// Whether the next pass starts from what the kernel holds, rather than from what it was left with.
    var startsFromKernel: Bool { get }

    /// The frontends that the kernel's tables had when the last pass read them, and that the plan may not have any more;
    /// none if it did not read them. What is kept for unreadable input is not among them.
    var foundFrontends: Set<FlowPlace> { get }

    /// Makes the next pass start from what the kernel holds.
    mutating func forgetKernel()

    /// Whether a table is not there that was left with rules in it: a look that costs next to nothing.
    func isGone() throws -> Bool

    /// Brings the kernel in step with the plan. If that fails, the next pass starts from what the kernel holds.
    ///
    /// - Throws: what the kernel said; the old rules are still in force.
    mutating func synchronize(_ pass: SyncPass, _ report: inout SyncReport, _ clock: inout PhaseClock) throws
}

extension ProxyMode {
    private var compiler: any RuleCompiler.Type {
        switch self {
        case .nftables: NFTablesCompiler.self
        case .iptables: IPTablesCompiler.self
        }
    }

    /// What brings the kernel in step with plans in this mode.
    func backend(_ store: any RuleStore, _ settings: RuleSettings) -> any RuleBackend {
        switch self {
        case .nftables: CompiledBackend<NFTablesCompiler>(store, settings)
        case .iptables: CompiledBackend<IPTablesCompiler>(store, settings)
        }
    }

    /// The frontends that rules of this kind have in the kernel.
    ///
    /// - Throws: what the kernel said.
    func frontends(in store: any RuleStore) throws -> Set<FlowPlace> { try compiler.frontends(in: store) }

    /// Takes away from the kernel all rules of this kind that are Switchyard's, or kube-proxy's of the same names.
    ///
    /// - Throws: what the kernel said.
    package func removeRules(
        of families: Set<IPFamily> = Set(IPFamily.allCases), from store: any RuleStore
    ) throws {
        try compiler.removeRules(of: families, from: store)
    }
}
