package import IPTables
package import NetworkValues
import NFTables

extension XTRule {
    /// The rule as `iptables-nft` lowers the same text, in the same order: that tool lists what it would have made.
    ///
    /// - Parameter family: that of the rule's table.
    package func instructions(in family: IPFamily) -> [Instruction] {
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
        if let source { list += source.instructions(.source) }
        if let destination { list += destination.instructions(.destination) }
        for match in matches { list += match.instructions(in: family) }
        list.append(.counter)
        if let target { list.append(target.instruction(in: family)) }
        return list
    }
}

extension AddressMatch {
    /// Nothing for a block of all addresses: the tool leaves it out.
    fileprivate func instructions(_ side: AddressSide) -> [Instruction] {
        if prefix.length == 0 && !isNegated { return [] }
        return prefix.match(side, isNegated ? .neq : .eq)
    }
}

extension InterfaceMatch {
    /// The name with its final zero, or what the name begins with.
    fileprivate var data: [UInt8] { name.hasSuffix("+") ? Array(name.utf8.dropLast()) : Array(name.utf8) + [0] }
}
