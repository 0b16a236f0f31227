import ClusterModel
import ProxyPlanning

/// The kinds of rules, by kube-proxy's names for them.
public enum ProxyMode: String, Hashable, Sendable, CaseIterable {
    /// Chains in the tables of iptables, as kube-proxy has made them ever since.
    case iptables
    /// Maps and chains in tables of our own.
    case nftables
}

/// What one pass through the pipeline has to do.
struct SyncPass {
    /// What is to be done.
    var plan: ProxyPlan
    /// The Services whose plans are not what they were the last time.
    var changed: Set<NamespacedName>
    /// Whether some input could not be read, so that what is in the kernel may be asked for there.
    var hasUnreadableInput: Bool
}

/// One kind of rules: compiles plans, and brings the kernel in step with them.
protocol RuleBackend {
    /// Whether the next pass starts from what the kernel holds, rather than from what it was left with.
    var startsFromKernel: Bool { get }

    /// Makes the next pass start from what the kernel holds.
    mutating func forgetKernel()

    /// Brings the kernel in step with the plan. If that fails, the next pass starts from what the kernel holds.
    ///
    /// - Throws: what the kernel said; the old rules are still in force.
    mutating func bringInStep(_ pass: SyncPass, _ report: inout SyncReport, _ clock: inout PhaseClock) throws
}

/// Takes away from the kernel all rules of one kind that are Switchyard's, or kube-proxy's of the same names.
///
/// - Throws: what the kernel said.
public func removeRules(_ mode: ProxyMode, from kernel: any RuleKernel) throws {
    switch mode {
    case .nftables: try NFTablesBackend.removeRules(from: kernel)
    case .iptables: try IPTablesBackend.removeRules(from: kernel)
    }
}
