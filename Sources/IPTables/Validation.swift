import NetworkValues

extension XTTableContents {
    /// What the kernel or the tools would not take, one sentence each; empty if the table is good.
    package func validate() -> [String] {
        let names = Set(chains.map(\.name))
        var found = names.count == chains.count ? [] : ["two chains of one name"]
        let hooks = reachable
        found += chains.flatMap { chain in
            let isGoodName = (1...28).contains(chain.name.utf8.count)
            return (isGoodName ? [] : ["chain name \(chain.name)"])
                + chain.rules.flatMap { self.problems(in: $0, chain: chain.name, hooks: hooks[chain.name] ?? []) }
        }
        found += builtinRules.flatMap { builtin in
            builtin.rules.flatMap { self.problems(in: $0, chain: builtin.hook.builtinChain, hooks: [builtin.hook]) }
        }
        let jumps = (chains.flatMap(\.rules) + builtinRules.flatMap(\.rules)).compactMap(\.jump)
        return found + Set(jumps).subtracting(names).sorted().map { "no chain \($0)" } + loops()
    }

    private func problems(in rule: XTRule, chain: String, hooks: Set<NetfilterHook>) -> [String] {
        var problems = rule.matches.flatMap { $0.problems(in: rule) }
        let families = [rule.source?.prefix.family, rule.destination?.prefix.family].compactMap { $0 }
        if families.contains(where: { $0 != id.family }) { problems.append("address of another family") }
        if let name = rule.inputInterface?.name, !(1...15).contains(name.utf8.count) {
            problems.append("interface name \(name)")
        }
        if let target = rule.target { problems += self.problems(of: target, rule, hooks) }
        return problems.map { "\(chain): \($0) in: \(rule.text(in: id.family))" }
    }

    private func problems(of target: Target, _ rule: XTRule, _ hooks: Set<NetfilterHook>) -> [String] {
        switch target {
        case .jump, .verdict, .mark: []
        case .reject: id.name == .filter ? [] : ["REJECT outside filter"]
        case .dnat(let dnat):
            (dnat.destination.address.family == id.family ? [] : ["DNAT to another family"])
                + (rule.transportProtocol == nil ? ["DNAT to a port without -p"] : [])
                + (id.name == .nat && hooks.isSubset(of: [.prerouting, .output]) ? [] : ["DNAT in a wrong chain"])
        case .masquerade:
            id.name == .nat && hooks.isSubset(of: [.postrouting]) ? [] : ["MASQUERADE in a wrong chain"]
        }
    }

    /// The built-in chains from which each chain can be reached.
    private var reachable: [String: Set<NetfilterHook>] {
        let jumps = Dictionary(chains.map { ($0.name, $0.jumps) }, uniquingKeysWith: { first, _ in first })
        var found: [String: Set<NetfilterHook>] = [:]
        for builtin in builtinRules {
            var open = builtin.rules.compactMap(\.jump)
            while let next = open.popLast() {
                if found[next, default: []].insert(builtin.hook).inserted { open += jumps[next] ?? [] }
            }
        }
        return found
    }

    private func loops() -> [String] {
        var jumps = Dictionary(chains.map { ($0.name, Set($0.jumps)) }, uniquingKeysWith: { first, _ in first })
        // What jumps only to chains that end by themselves ends by itself.
        while true {
            let ending = jumps.filter { $0.value.allSatisfy { jumps[$0] == nil } }
            if ending.isEmpty { break }
            for name in ending.keys { jumps[name] = nil }
        }
        return jumps.isEmpty ? [] : ["chains that lead back to themselves: \(jumps.keys.sorted())"]
    }
}

extension XTRule {
    /// The chain that the rule jumps to.
    package var jump: String? {
        if case .jump(let jump) = target { jump.chain } else { nil }
    }
}

extension XTChain {
    fileprivate var jumps: [String] { rules.compactMap(\.jump) }
}
