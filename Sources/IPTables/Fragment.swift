/// What one owner has in a table.
public struct Fragment: Hashable, Sendable {
    /// Rules in built-in chains.
    public var builtinRules: [BuiltinRules] = []
    /// Chains that are the owner's alone.
    public var chains: [Chain] = []
    /// Rules in chains that all owners share, by chain; they come in the order of the owners' names.
    public var sharedRules: [String: [Rule]] = [:]
    /// Rules that come after all others in chains that all owners share.
    public var finalRules: [String: [Rule]] = [:]

    /// Nothing.
    public init() {}

    /// Adds rules to shared chains, in place: an owner may have tens of thousands of them.
    public mutating func appendShared(_ rules: [String: [Rule]]) {
        for (chain, new) in rules { sharedRules[chain, default: []] += new }
    }
}
