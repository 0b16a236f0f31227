import NetworkValues

extension TableContents {
    /// The table as `iptables-restore --noflush` or `ip6tables-restore --noflush` takes it.
    ///
    /// Chains of ours are emptied and filled; other people's chains and rules stay. Our rules in built-in chains come
    /// before all others. They are inserted each time, since the format knows no "if it is not there yet".
    public var restoreText: String {
        var lines = ["*\(id.name.rawValue)"]
        lines += chains.map { ":\($0.name) - [0:0]" }
        for builtin in builtinRules {
            for (index, rule) in builtin.rules.enumerated() {
                lines.append("-I \(builtin.chain.rawValue) \(index + 1) \(rule.text(in: id.family))")
            }
        }
        for chain in chains {
            lines += chain.rules.map { "-A \(chain.name) \($0.text(in: id.family))" }
        }
        lines.append("COMMIT")
        return lines.joined(separator: "\n") + "\n"
    }
}
