import NetworkValues

extension XTTableContents {
    /// What turns the table that the kernel holds into this one, and leaves alone all that is not ours.
    ///
    /// - Parameters:
    ///   - listed: The table in the kernel, recognised as this one.
    ///   - isOurs: Whether a chain of this name is nobody else's, and goes if it is not wanted. One that other people's
    ///     rules lead to stays all the same, with all that it leads to.
    ///   - kept: The numbers of rules that stay though they are not wanted, and with them the chains they lead to.
    package func change(
        from listed: ListedTable, isOurs: (String) -> Bool, keeping kept: Set<UInt64> = []
    ) -> XTTableChange {
        var change = XTTableChange(id)
        change.wakesTable = listed.isDormant
        for builtin in builtinRules {
            let present = listed.builtins[builtin.hook]
            if present == nil { change.addedBuiltins.append(builtin.hook) }
            let found = Set((present ?? []).compactMap(\.wanted))
            let missing = builtin.rules.filter { !found.contains($0) }
            if !missing.isEmpty { change.insertedRules.append(BuiltinRules(builtin.hook, missing)) }
        }
        for chain in chains {
            if let present = listed.chains[chain.name] {
                chain.synchronize(present, keeping: kept, &change)
            } else {
                change.addedChains.append(chain)
            }
        }
        let wanted = Set(chains.map(\.name))
        let stale = listed.chains.keys.filter { isOurs($0) && !wanted.contains($0) }
        if stale.isEmpty { return change }
        let others = listed.chains.filter { !isOurs($0.key) && !wanted.contains($0.key) }.values.joined()
        let keptRules = listed.chains.values.joined().filter { kept.contains($0.handle) }
        let used = listed.reachable(
            from: Array(others) + keptRules + listed.builtins.values.joined(), replaced: wanted)
        change.deletedChains = stale.filter { !used.contains($0) }.sorted()
        return change
    }
}

extension ListedTable {
    /// What takes away all that is ours: our chains, and the rules of built-in chains that lead to them.
    ///
    /// - Parameter isOurs: Whether a chain of this name is nobody else's. One that other people's chains lead to stays all
    ///   the same, with all that it leads to.
    package func removal(isOurs: (String) -> Bool) -> XTTableChange {
        var change = XTTableChange(id)
        let used = reachable(from: chains.filter { !isOurs($0.key) }.values.joined())
        change.deletedChains = chains.keys.filter { isOurs($0) && !used.contains($0) }.sorted()
        for (builtin, rules) in builtins.sorted(by: { $0.key.builtinChain < $1.key.builtinChain }) {
            for rule in rules where rule.jump.map(isOurs) ?? false {
                change.deletedRules.append(XTTableChange.ListedRule(chain: builtin.builtinChain, handle: rule.handle))
            }
        }
        return change
    }
}

extension XTChain {
    fileprivate func synchronize(
        _ present: [ListedTable.Rule], keeping kept: Set<UInt64>, _ change: inout XTTableChange
    ) {
        let replaced = present.filter { !kept.contains($0.handle) }
        if replaced.count == rules.count, zip(replaced, rules).allSatisfy({ $0.wanted == $1 }) { return }
        if replaced.count == present.count {
            change.replacedChains.append(self)
        } else {
            change.deletedRules += replaced.map { XTTableChange.ListedRule(chain: name, handle: $0.handle) }
            change.extendedChains.append(self)
        }
    }
}
