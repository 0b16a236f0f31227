public import IPTables
public import NFTables

extension TableListing {
    /// What the kernel holds of a table of iptables, in the words of what is wanted: a rule whose instructions are those of
    /// a wanted rule of its chain *is* that rule, and of any other it is known where it leads.
    ///
    /// - Parameter desired: our part of the table as it should be.
    public func recognised(as desired: IPTables.TableContents) -> ListedTable {
        var table = ListedTable(desired.id)
        let chainRules = Dictionary(desired.chains.map { ($0.name, $0.rules) }, uniquingKeysWith: { first, _ in first })
        let builtinRules = Dictionary(
            desired.builtinRules.map { ($0.chain.rawValue, $0.rules) }, uniquingKeysWith: { first, _ in first })
        for chain in chains {
            let wanted = (chain.hook == nil ? chainRules : builtinRules)[chain.name] ?? []
            let rules = chain.rules.recognised(as: wanted, in: desired.id)
            if chain.hook == nil {
                table.chains[chain.name] = rules
            } else if let builtin = BuiltinChain(rawValue: chain.name) {
                table.builtins[builtin] = rules
            }
        }
        return table
    }
}

extension [ListedRule] {
    fileprivate func recognised(as wanted: [IPTables.Rule], in id: IPTables.TableID) -> [ListedTable.Rule] {
        let instructions = wanted.map { $0.instructions(in: id.family) }
        lazy var places = Dictionary(zip(instructions, wanted.indices), uniquingKeysWith: { first, _ in first })
        return enumerated().map { index, rule in
            // Most rules are where they should be; others are looked for.
            let isInPlace = index < wanted.count && instructions[index] == rule.instructions
            let place = isInPlace ? index : places[rule.instructions]
            return ListedTable.Rule(
                handle: rule.handle, wanted: place.map { wanted[$0] }, jump: rule.jump, comment: rule.xtComment,
                place: rule.place(in: id.family))
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

extension NFTables.TableID {
    /// The table of nf_tables in which `iptables-nft` keeps this one.
    public init(_ table: IPTables.TableID) { self.init(table.family, table.name.rawValue) }
}
