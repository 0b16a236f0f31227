package import IPTables
import NetworkValues
package import NFTables

extension TableListing {
    /// What the kernel holds of a table of iptables, in the words of what is wanted: a rule whose instructions are those of
    /// a wanted rule of its chain *is* that rule, and of any other it is known where it leads.
    ///
    /// - Parameter desired: our part of the table as it should be.
    package func matched(against desired: XTTableContents) -> ListedTable {
        var table = ListedTable(desired.id)
        table.isDormant = isDormant
        let chainRules = Dictionary(desired.chains.map { ($0.name, $0.rules) }, uniquingKeysWith: { first, _ in first })
        let builtinRules = Dictionary(
            desired.builtinRules.map { ($0.hook.builtinChain, $0.rules) }, uniquingKeysWith: { first, _ in first })
        for chain in chains {
            let wanted = (chain.hook == nil ? chainRules : builtinRules)[chain.name] ?? []
            let rules = chain.rules.matched(against: wanted, in: desired.id)
            if chain.hook == nil {
                table.chains[chain.name] = rules
            } else if let builtin = NetfilterHook(builtinChain: chain.name) {
                table.builtins[builtin] = rules
            }
        }
        return table
    }
}

extension [ListedRule] {
    fileprivate func matched(against wanted: [XTRule], in id: XTTableID) -> [ListedTable.Rule] {
        let instructions = wanted.map { $0.instructions(in: id.family) }
        lazy var places = Dictionary(zip(instructions, wanted.indices), uniquingKeysWith: { first, _ in first })
        return enumerated().map { index, rule in
            // Most rules are where they should be; others are looked for.
            let isInPlace = index < wanted.count && instructions[index] == rule.instructions
            let place = isInPlace ? index : places[rule.instructions.withHeadInOrder(id.family)]
            return ListedTable.Rule(
                handle: rule.handle, wanted: place.map { wanted[$0] }, jump: rule.jump, comment: rule.xtComment,
                place: rule.place(in: id.family))
        }
    }
}

/// What rules match before any extension.
private enum HeadMatch: Int {
    case inputInterface
    case transportProtocol
    case source
    case destination
}

extension [Instruction] {
    /// The same rule as `iptables-nft` 1.8.9 and ``XTRule/instructions(in:)`` write it: interface, protocol, source,
    /// destination, then the rest.
    ///
    /// Later releases (1.8.11 and 1.8.13 were looked at) begin with the addresses, and take the protocol from the header of
    /// IPv4, where it is what `meta l4proto` loads.
    func withHeadInOrder(_ family: IPFamily) -> [Instruction] {
        var head: [(match: HeadMatch, instructions: [Instruction])] = []
        var rest = self[...]
        while let next = rest.headMatch(family) {
            head.append((next.match, Array(rest.prefix(next.count))))
            rest = rest.dropFirst(next.count)
            guard next.match == .transportProtocol else { continue }
            head[head.count - 1].instructions[0] = .meta(.l4proto, dreg: Register(word: 0))
        }
        let ordered = head.enumerated().sorted {
            ($0.element.match.rawValue, $0.offset) < ($1.element.match.rawValue, $1.offset)
        }
        return ordered.flatMap(\.element.instructions) + rest
    }
}

extension ArraySlice<Instruction> {
    /// The match that the instructions begin with, and how many of them it is; nil if it is none of the head.
    fileprivate func headMatch(_ family: IPFamily) -> (match: HeadMatch, count: Int)? {
        guard let load = first, let match = load.headMatch(family) else { return nil }
        let register = Register(word: 0)
        var count = 1
        if case .bitwise(register, register, _, _)? = dropFirst(count).first { count += 1 }
        guard case .cmp(_, register, _)? = dropFirst(count).first else { return nil }
        return (match, count + 1)
    }
}

extension Instruction {
    /// What the instruction loads, if that is asked for in the head of a rule.
    fileprivate func headMatch(_ family: IPFamily) -> HeadMatch? {
        switch self {
        case .meta(.iifname, Register(word: 0)): .inputInterface
        case .meta(.l4proto, Register(word: 0)): .transportProtocol
        // `protocol` of struct iphdr.
        case .payload(.network, 9, 1, Register(word: 0)) where family == .ipv4: .transportProtocol
        case .payload(.network, family.sourceOffset, _, Register(word: 0)): .source
        case .payload(.network, family.sourceOffset + UInt32(family.addressBytes), _, Register(word: 0)): .destination
        default: nil
        }
    }
}

extension ListedRule {
    /// The chain that the rule leads to.
    fileprivate var jump: String? {
        for case .immediateVerdict(let verdict) in instructions { return verdict.chain }
        return nil
    }

    /// The comment that iptables keeps in a match.
    fileprivate var xtComment: String? {
        for case .match("comment", _, let info) in instructions { return String(decoding: info.bytes, as: UTF8.self) }
        return nil
    }
}

extension TableID {
    /// The table of nf_tables in which `iptables-nft` keeps this one.
    package init(_ table: XTTableID) { self.init(table.family, table.name.rawValue) }
}
