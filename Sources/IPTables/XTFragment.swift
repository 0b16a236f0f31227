/// What one owner has in a table.
package struct XTFragment: Hashable, Sendable {
    /// Rules in built-in chains.
    package var builtinRules: [BuiltinRules] = []
    /// Chains that are the owner's alone.
    package var chains: [XTChain] = []
    /// Rules in chains that all owners share, by chain; they come in the order of the owners' names.
    package var sharedRules: [String: [XTRule]] = [:]
    /// Rules that come after all others in chains that all owners share.
    package var finalRules: [String: [XTRule]] = [:]

    /// Nothing.
    package init() {}

    /// Adds rules to shared chains, in place: an owner may have tens of thousands of them.
    package mutating func appendShared(_ rules: [String: [XTRule]]) {
        for (chain, new) in rules { sharedRules[chain, default: []] += new }
    }
}
