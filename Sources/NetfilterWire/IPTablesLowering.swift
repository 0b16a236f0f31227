public import IPTables
import NFTables
public import NetworkValues

extension IPTables.Rule {
    /// The rule as `iptables-nft` lowers the same text, in the same order: that tool lists what it would have made.
    ///
    /// - Parameter family: that of the rule's table.
    public func instructions(in family: IPFamily) -> [Instruction] {
        let register = Register(word: 0)
        var list: [Instruction] = []
        if let inputInterface {
            list.append(.meta(.iifname, dreg: register))
            list.append(.cmp(inputInterface.isNegated ? .neq : .eq, sreg: register, data: inputInterface.data))
        }
        if let transportProtocol {
            list.append(.meta(.l4proto, dreg: register))
            list.append(.cmp(.eq, sreg: register, data: [transportProtocol.number]))
        }
        if let source { list += source.prefix.match(.source, source.isNegated ? .neq : .eq) }
        if let destination { list += destination.prefix.match(.destination, destination.isNegated ? .neq : .eq) }
        for match in matches { list += match.instructions(in: family) }
        list.append(.counter)
        if let target { list.append(target.instruction(in: family)) }
        return list
    }
}

extension InterfaceMatch {
    /// The name with its final zero, or what the name begins with.
    fileprivate var data: [UInt8] { name.hasSuffix("+") ? Array(name.utf8.dropLast()) : Array(name.utf8) + [0] }
}
