package import IPTables
import NetworkValues
import NFTables

extension BatchOperation {
    /// The steps of a change; see ``forEach(in:_:)``.
    package static func operations(of change: XTTableChange) -> [BatchOperation] {
        var operations: [BatchOperation] = []
        forEach(in: change) { operations.append($0) }
        return operations
    }

    /// Hands out the steps of a change, in the order that the documentation of ``XTTableChange`` gives; before chains
    /// are deleted all of them are emptied, so that the order among those that lead to each other does not matter.
    static func forEach(in change: XTTableChange, _ body: (BatchOperation) -> Void) {
        let id = TableID(change.id)
        if change.makesSomething { body(.ensureTable(id)) }
        if change.wakesTable { body(.wakeTable(id)) }
        for builtin in change.addedBuiltins { body(.addChain(id, builtin.baseChain(of: change.id.name))) }
        for chain in change.addedChains { body(.addChain(id, Chain(chain.name, rules: []))) }
        for rule in change.deletedRules { body(.deleteRule(id, chain: rule.chain, handle: rule.handle)) }
        for chain in change.replacedChains { body(.flushChain(id, chain.name)) }
        for chains in [change.addedChains, change.replacedChains, change.extendedChains] {
            for chain in chains {
                for rule in chain.rules { body(.addXTRule(id, chain: chain.name, rule, .end)) }
            }
        }
        for builtin in change.insertedRules {
            // Each goes before all others.
            for rule in builtin.rules.reversed() {
                body(.addXTRule(id, chain: builtin.hook.builtinChain, rule, .head))
            }
        }
        for chain in change.deletedChains { body(.flushChain(id, chain)) }
        for chain in change.deletedChains { body(.deleteChain(id, chain)) }
    }
}

extension NetfilterHook {
    /// The base chain that `iptables-nft` makes (`xtables_ipv4` in iptables/nft.c): the priorities are those of
    /// linux/netfilter_ipv4.h.
    fileprivate func baseChain(of table: XTTableID.Name) -> Chain {
        let isSource = self == .postrouting || self == .input
        let priority: Int32 =
            switch table {
            case .mangle: -150
            case .filter: 0
            case .nat: isSource ? 100 : -100
            }
        let type: BaseHook.ChainType =
            switch table {
            case .mangle: self == .output ? .route : .filter
            case .filter: .filter
            case .nat: .nat
            }
        return Chain(builtinChain, hook: BaseHook(type, self, priority: priority), rules: [])
    }
}
