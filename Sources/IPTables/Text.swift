import NetworkValues

extension Collection<XTTableContents> {
    /// The tables of one family, one after another, as `iptables-restore --noflush` or `ip6tables-restore --noflush` takes
    /// them. A comment comes first if there is something that the tool cannot make: the accounting objects.
    package var restoreText: String {
        let objects = Set(flatMap(\.accountingObjects)).sorted()
        let first = objects.isEmpty ? "" : "# first: \(objects.map { "nfacct add \($0)" }.joined(separator: "; "))\n"
        return first + map(\.restoreText).joined()
    }
}

extension XTTableContents {
    /// The accounting objects that rules count in; they must be there before the rules.
    package var accountingObjects: Set<String> {
        let matches = (chains.flatMap(\.rules) + builtinRules.flatMap(\.rules)).lazy.flatMap(\.matches)
        return Set(matches.compactMap { if case .nfacct(let match) = $0 { match.name } else { nil } })
    }

    /// The table as `iptables-restore --noflush` or `ip6tables-restore --noflush` takes it.
    ///
    /// Chains of ours are emptied and filled; other people's chains and rules stay. Our rules in built-in chains come
    /// before all others. They are inserted each time, since the format knows no "if it is not there yet".
    package var restoreText: String {
        var lines = ["*\(id.name.rawValue)"]
        lines += chains.map { ":\($0.name) - [0:0]" }
        for builtin in builtinRules {
            for (index, rule) in builtin.rules.enumerated() {
                lines.append("-I \(builtin.hook.builtinChain) \(index + 1) \(rule.text(in: id.family))")
            }
        }
        for chain in chains {
            lines += chain.rules.map { "-A \(chain.name) \($0.text(in: id.family))" }
        }
        lines.append("COMMIT")
        return lines.joined(separator: "\n") + "\n"
    }
}
