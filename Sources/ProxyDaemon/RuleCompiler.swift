import ClusterModel
import NetfilterKernel
import NetworkValues
import NFTables
import ProxyPlanning
import RuleCompilers

/// The compiler of one kind of rules, and how its tables are read and changed.
protocol RuleCompiler {
    /// What names one of its tables.
    associatedtype Table: Hashable
    /// A change of a table.
    associatedtype Change
    /// What was read of the kernel's tables, beside what they should be.
    associatedtype Listing
    /// What stays in a table though no plan asks for it.
    associatedtype Kept

    /// Whether what is kept is among what the compiler knows of the kernel from then on. If not, every pass starts from what
    /// the kernel holds, as long as anything is kept.
    static var tracksKept: Bool { get }

    /// A compiler that has not seen a plan.
    init(_ settings: RuleSettings)

    /// Brings what it knows in step with a plan; see ``SyncPass``.
    ///
    /// - Returns: what this changes in the tables; the first time, what makes them.
    mutating func update(to plan: ProxyPlan, changed: Set<NamespacedName>) -> [Change]

    /// Reads the tables that a first update makes.
    func read(_ store: any RuleStore, for creations: [Change]) throws -> Listing

    /// The tables that the plan has rules in.
    static func tables(_ listing: Listing) -> [TableID]

    /// What of the listing stays, since it may be asked for by objects that are not known.
    ///
    /// - Parameter former: What stayed until now, of which it is a part; nil if all may stay that is there.
    func kept(of listing: Listing, among former: [Table: Kept]?, _ pass: SyncPass) -> [Table: Kept]

    /// What brings the tables from what was read to what they should be.
    mutating func changes(from listing: Listing, keeping kept: [Table: Kept]) -> [Change]

    /// The frontends that the listing has, that are not kept, and that the plan may not have.
    static func frontends(of listing: Listing, keeping kept: [Table: Kept]) -> Set<FlowPlace>

    /// Makes what the rules need and what is no part of a transaction.
    static func prepare(_ store: any RuleStore, _ settings: RuleSettings) throws

    /// Carries out the changes in one transaction; see ``RuleStore``.
    static func commit(_ changes: [Change], to store: any RuleStore, generation: UInt32?) throws

    /// Takes away what packets left in the kernel and what does not fit the rules any more, once these are in force.
    ///
    /// - Returns: how many elements went.
    static func prune(_ store: any RuleStore, after changes: [Change]) throws -> Int

    /// Adds up what is sent.
    static func count(_ changes: [Change], in report: inout SyncReport)

    /// Whose rules the kernel refused; empty if that is not known.
    func owners(of failure: KernelFailure) -> [String]

    /// Takes away from the kernel all rules of these families that are Switchyard's, or kube-proxy's of the same names.
    static func removeRules(of families: Set<IPFamily>, from store: any RuleStore) throws

    /// The frontends that rules of this kind have in the kernel.
    static func frontends(in store: any RuleStore) throws -> Set<FlowPlace>
}

extension RuleCompiler {
    static func prepare(_ store: any RuleStore, _ settings: RuleSettings) throws {}

    static func prune(_ store: any RuleStore, after changes: [Change]) throws -> Int { 0 }
}
