package import IPTables
import NetworkValues

/// A stand-in for the tables of iptables in the kernel, which behaves like it: it refuses to add what is there, to delete
/// what is not, to delete a chain that is still used, and to lead to a chain that does not exist.
package struct ModelIPTables: Sendable {
    /// Why a change was refused: an errno's name, and the object.
    package struct Refusal: Error, CustomStringConvertible {
        /// A sentence.
        package let description: String
    }

    fileprivate struct Entry {
        let handle: UInt64
        let rule: XTRule
    }

    private struct Table {
        var builtins: [NetfilterHook: [Entry]] = [:]
        var chains: [String: [Entry]] = [:]

        subscript(chain: String) -> [Entry]? {
            get { NetfilterHook(builtinChain: chain).map { builtins[$0] } ?? chains[chain] }
            set {
                if let builtin = NetfilterHook(builtinChain: chain) {
                    builtins[builtin] = newValue
                } else {
                    chains[chain] = newValue
                }
            }
        }
    }

    private var tables: [XTTableID: Table] = [:]
    private var lastHandle: UInt64 = 0

    /// No tables.
    package init() {}

    /// All rules in chains that are not built in, as one text.
    package var text: String {
        tables.sorted { $0.key < $1.key }.flatMap { id, table in
            table.chains.sorted { $0.key < $1.key }.flatMap { chain, entries in
                entries.map { "-A \(chain) \($0.rule.text(in: id.family))" }
            }
        }.joined(separator: "\n")
    }

    /// Carries out a change, or throws ``Refusal`` and leaves everything as it was.
    package mutating func apply(_ change: XTTableChange) throws {
        var table = tables[change.id] ?? Table()
        for builtin in change.addedBuiltins {
            try require(table.builtins.updateValue([], forKey: builtin) == nil, "EEXIST: \(builtin.builtinChain)")
        }
        for chain in change.addedChains {
            try require(table.chains.updateValue([], forKey: chain.name) == nil, "EEXIST: \(chain.name)")
        }
        for rule in change.deletedRules {
            let index = table[rule.chain]?.firstIndex { $0.handle == rule.handle }
            try require(index != nil, "ENOENT: \(rule)")
            if let index { table[rule.chain]?.remove(at: index) }
        }
        for chain in change.replacedChains { try require(table[chain.name] != nil, "ENOENT: \(chain.name)") }
        for chain in change.replacedChains { table[chain.name] = [] }
        for chain in change.addedChains + change.replacedChains + change.extendedChains {
            try require(table[chain.name] != nil, "ENOENT: \(chain.name)")
            table[chain.name]? += entries(chain.rules)
        }
        for builtin in change.insertedRules {
            try require(table.builtins[builtin.hook] != nil, "ENOENT: \(builtin.hook.builtinChain)")
            table.builtins[builtin.hook]?.insert(contentsOf: entries(builtin.rules), at: 0)
        }
        for name in change.deletedChains {
            try require(table.chains.removeValue(forKey: name) != nil, "ENOENT: \(name)")
        }
        let jumps = Array(table.builtins.values.joined()) + table.chains.values.joined()
        for jump in jumps.compactMap(\.rule.jump) {
            try require(table.chains[jump] != nil, "EBUSY or ENOENT: \(jump)")
        }
        tables[change.id] = table
    }

    /// The table, read back.
    package func readTable(matching desired: XTTableContents) -> ListedTable {
        var listed = ListedTable(desired.id)
        for (builtin, entries) in tables[desired.id]?.builtins ?? [:] {
            let wanted = desired.builtinRules.first { $0.hook == builtin }?.rules ?? []
            listed.builtins[builtin] = entries.map { $0.listed(wanted, desired.id.family) }
        }
        for (chain, entries) in tables[desired.id]?.chains ?? [:] {
            let wanted = desired.chains.first { $0.name == chain }?.rules ?? []
            listed.chains[chain] = entries.map { $0.listed(wanted, desired.id.family) }
        }
        return listed
    }

    /// All that is in the table, whoever made it.
    package func contents(_ id: XTTableID) -> XTTableContents {
        let table = tables[id] ?? Table()
        let builtins = NetfilterHook.allCases.compactMap { builtin in
            table.builtins[builtin].map { BuiltinRules(builtin, $0.map(\.rule)) }
        }
        let chains = table.chains.map { XTChain($0.key, rules: $0.value.map(\.rule)) }
        return XTTableContents(id, builtinRules: builtins, chains: chains.sorted { $0.name < $1.name })
    }

    private mutating func entries(_ rules: [XTRule]) -> [Entry] {
        rules.map { rule in
            lastHandle += 1
            return Entry(handle: lastHandle, rule: rule)
        }
    }

    private func require(_ condition: Bool, _ description: String) throws {
        if !condition { throw Refusal(description: description) }
    }
}

extension ModelIPTables.Entry {
    fileprivate func listed(_ wanted: [XTRule], _ family: IPFamily) -> ListedTable.Rule {
        var comment: String?
        for case .comment(let match) in rule.matches { comment = match.comment }
        return ListedTable.Rule(
            handle: handle, wanted: wanted.contains(rule) ? rule : nil, jump: rule.jump, comment: comment,
            place: rule.place(in: family))
    }
}

extension XTRule {
    fileprivate func place(in family: IPFamily) -> FlowPlace? {
        var port: UInt16?
        for case .port(let match) in matches { port = match.destinationPort }
        guard let transportProtocol, let port else { return nil }
        guard let prefix = destination?.prefix, prefix == IPPrefix(only: prefix.address) else {
            return .localPort(transportProtocol, family, port)
        }
        return .destination(FlowDestination(transportProtocol, SocketAddress(prefix.address, port)))
    }
}
