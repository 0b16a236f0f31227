import IPTables
import NFTables
import NetfilterKernel
import NetfilterWire
import RuleCompilers

extension NFTablesCompiler {
    /// Whose rules the kernel refused; empty if that is not known.
    func owners(of failure: KernelFailure) -> [String] {
        guard let step = failure.step, let table = table(step.table) else { return [] }
        return switch step {
        case .addSet(_, let set): table.owners(ofSet: set.name)
        case .addChain(_, let chain): table.owners(ofChain: chain.name)
        case .flushChain(_, let chain), .addRule(_, let chain, _): table.owners(ofChain: chain)
        // Kernels that do not say which element of many it is would have all their owners left out.
        case .addElements(_, let list): list.elements.count == 1 ? table.owners(of: list) : []
        default: []
        }
    }
}

extension IPTablesCompiler {
    /// Whose rules the kernel refused; empty if that is not known.
    func owners(of failure: KernelFailure) -> [String] {
        guard let step = failure.step, let name = IPTables.TableID.Name(rawValue: step.table.name),
            let table = table(IPTables.TableID(step.table.family, name))
        else { return [] }
        return switch step {
        case .addChain(_, let chain): table.owners(ofChain: chain.name)
        case .flushChain(_, let chain): table.owners(ofChain: chain)
        case .addXTRule(_, let chain, let rule, _): table.owners(of: rule, in: chain)
        default: []
        }
    }
}
