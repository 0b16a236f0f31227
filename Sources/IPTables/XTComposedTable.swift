/// A table as the union of its owners' fragments, which finds out what a change of some of them changes in the table.
///
/// That takes time proportional to the changed fragments, and to a shared chain if anybody's rules in it change.
package struct XTComposedTable: Sendable {
    /// Which table.
    package let id: XTTableID

    /// The owner of the fixed chains.
    package static let frameOwner = ""

    private var fragments: [String: XTFragment] = [:]
    private var sharedRules: [String: [String: [XTRule]]] = [:]

    /// A table in which nothing is ours yet.
    package init(_ id: XTTableID) {
        self.id = id
    }

    /// All that is ours in the table.
    package var contents: XTTableContents {
        let frame = fragments[Self.frameOwner]
        let own = fragments.values.flatMap(\.chains).filter { sharedRules[$0.name] == nil }
        let shared = sharedRules.keys.map(sharedChain)
        return XTTableContents(
            id, builtinRules: frame?.builtinRules ?? [], chains: (own + shared).sorted { $0.name < $1.name })
    }

    /// Who has this chain alone.
    package func owners(ofChain name: String) -> [String] {
        fragments.filter { $0.value.chains.contains { $0.name == name } }.map(\.key)
    }

    /// Who has this rule in a chain, be that shared or not.
    package func owners(of rule: XTRule, in chain: String) -> [String] {
        guard let shared = sharedRules[chain] else { return owners(ofChain: chain) }
        let owners = shared.filter { $0.value.contains(rule) }.map(\.key)
        return owners.isEmpty ? [Self.frameOwner] : owners
    }

    /// Puts new fragments in the place of their owners' old ones; nil takes the old one away.
    ///
    /// - Parameter replacements: At most one for each owner.
    /// - Returns: what this changes in the table.
    package mutating func replace(_ replacements: [(owner: String, fragment: XTFragment?)]) -> XTTableChange {
        var old: [String: XTChain] = [:]
        var new: [String: XTChain] = [:]
        var touched: Set<String> = []
        var change = XTTableChange(id)
        for (owner, fragment) in replacements {
            let before = fragments[owner]
            let fragment = fragment == XTFragment() ? nil : fragment
            if before == fragment { continue }
            fragments[owner] = fragment
            for chain in before?.chains ?? [] { old[chain.name] = chain }
            for chain in fragment?.chains ?? [] { new[chain.name] = chain }
            touched.formUnion(replaceShared(before, fragment, owner))
            let inserted = fragment?.builtinRules ?? []
            if inserted != before?.builtinRules ?? [] { change.insertedRules = inserted }
        }
        for chain in new.values.sorted(by: { $0.name < $1.name }) where !touched.contains(chain.name) {
            if let before = old[chain.name] {
                if before != chain { change.replacedChains.append(chain) }
            } else {
                change.addedChains.append(chain)
            }
        }
        change.deletedChains = old.keys.filter { new[$0] == nil }.sorted()
        for name in touched.sorted() where !change.deletedChains.contains(name) {
            if old[name] == nil && new[name] != nil {
                change.addedChains.append(sharedChain(name))
            } else {
                change.replacedChains.append(sharedChain(name))
            }
        }
        return change
    }

    /// - Returns: the shared chains whose rules are others now.
    private mutating func replaceShared(_ old: XTFragment?, _ new: XTFragment?, _ owner: String) -> Set<String> {
        var touched: Set<String> = []
        for fragment in [old, new].compactMap({ $0 }) {
            touched.formUnion(fragment.sharedRules.keys)
            touched.formUnion(fragment.finalRules.keys)
        }
        touched = touched.filter { name in
            old?.sharedRules[name] != new?.sharedRules[name] || old?.finalRules[name] != new?.finalRules[name]
        }
        for name in touched { sharedRules[name, default: [:]][owner] = new?.sharedRules[name] }
        return touched
    }

    private func sharedChain(_ name: String) -> XTChain {
        let bodies = (sharedRules[name] ?? [:]).sorted { $0.key < $1.key }.flatMap(\.value)
        return XTChain(name, rules: bodies + (fragments[Self.frameOwner]?.finalRules[name] ?? []))
    }
}
