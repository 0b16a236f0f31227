package import IPTables
import NFTables
import NetworkValues

extension BatchOperation {
    /// The steps of a change, in the order that the documentation of ``IPTables/TableChange`` gives; before chains are
    /// deleted all of them are emptied, so that the order among those that lead to each other does not matter.
    package static func operations(of change: IPTables.TableChange) -> [BatchOperation] {
        let id = NFTables.TableID(change.id)
        let append = { (chain: IPTables.Chain) in
            chain.rules.map { BatchOperation.addXTRule(id, chain: chain.name, $0, .end) }
        }
        var operations: [BatchOperation] = change.makesSomething ? [.ensureTable(id)] : []
        if change.wakesTable { operations.append(.wakeTable(id)) }
        operations += change.addedBuiltins.map { .addChain(id, $0.baseChain(of: change.id.name)) }
        operations += change.addedChains.map { .addChain(id, NFTables.Chain($0.name, rules: [])) }
        operations += change.deletedRules.map { .deleteRule(id, chain: $0.chain, handle: $0.handle) }
        operations += change.replacedChains.map { .flushChain(id, $0.name) }
        operations += (change.addedChains + change.replacedChains + change.extendedChains).flatMap(append)
        for builtin in change.insertedRules {
            // Each goes before all others.
            operations += builtin.rules.reversed().map {
                .addXTRule(id, chain: builtin.hook.builtinChain, $0, .head)
            }
        }
        operations += change.deletedChains.map { .flushChain(id, $0) }
        operations += change.deletedChains.map { .deleteChain(id, $0) }
        return operations
    }
}

extension NetfilterHook {
    /// The base chain that `iptables-nft` makes (`xtables_ipv4` in iptables/nft.c): the priorities are those of
    /// linux/netfilter_ipv4.h.
    fileprivate func baseChain(of table: IPTables.TableID.Name) -> NFTables.Chain {
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
        return NFTables.Chain(builtinChain, hook: BaseHook(type, self, priority: priority), rules: [])
    }
}
