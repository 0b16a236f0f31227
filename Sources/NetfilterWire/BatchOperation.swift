package import IPTables
package import NFTables

/// One step of a transaction: what `nft` would call a command.
package enum BatchOperation: Hashable, Sendable {
    /// `add table ip switchyard`.
    case addTable(TableID, comment: String?)
    /// `add table ip nat`; it may be there.
    case ensureTable(TableID)
    /// `add table ip switchyard`, which takes all flags of the table that is there.
    case wakeTable(TableID)
    /// `delete table ip switchyard`, with all that is in it.
    case deleteTable(TableID)
    /// `add set` or `add map`; it must not be there.
    case addSet(TableID, SetDeclaration)
    /// `add chain`, without its rules; it must not be there.
    case addChain(TableID, Chain)
    /// `flush chain`.
    case flushChain(TableID, String)
    /// `delete chain`; nothing may use it any more.
    case deleteChain(TableID, String)
    /// `add rule`, at the end of the chain.
    case addRule(TableID, chain: String, Rule)
    /// `iptables -A CHAIN` or `iptables -I CHAIN`.
    case addXTRule(TableID, chain: String, XTRule, RulePlace)
    /// `delete rule ip nat PREROUTING handle 7`.
    case deleteRule(TableID, chain: String, handle: UInt64)
    /// `add element`; an equal one may be there.
    case addElements(TableID, SetElements)
    /// `add element ... timeout 3h expires 2h`; none may be there.
    case addLeasedElements(TableID, set: String, [LeasedElement])
    /// `delete element`; each must be there.
    case deleteElements(TableID, SetElements)
    /// `destroy element`; none needs to be there. Since Linux 6.3.
    case destroyElements(TableID, SetElements)
    /// `flush set`.
    case flushSet(TableID, String)
    /// `delete set`; nothing may use it any more.
    case deleteSet(TableID, String)

    /// Where a rule comes in its chain.
    package enum RulePlace: Hashable, Sendable {
        /// Before all others.
        case head
        /// After all others.
        case end
    }

    /// The steps of a change; see ``forEach(in:_:)``.
    package static func operations(of change: TableChange) -> [BatchOperation] {
        var operations: [BatchOperation] = []
        forEach(in: change) { operations.append($0) }
        return operations
    }

    /// Hands out the steps of a change, in the order that the documentation of ``TableChange`` gives, with two additions:
    /// before chains and sets are deleted, chains are emptied of their rules and sets of their elements, so that the order
    /// among those that use each other does not matter.
    ///
    /// A change may have hundreds of thousands of elements, so that the steps are not all there at once.
    static func forEach(in change: TableChange, _ body: (BatchOperation) -> Void) {
        let id = change.id
        if change.deletesTable { body(.deleteTable(id)) }
        if change.addsTable { body(.addTable(id, comment: change.comment)) }
        if change.wakesTable { body(.wakeTable(id)) }
        for set in change.addedSets { body(.addSet(id, set)) }
        for chain in change.addedChains { body(.addChain(id, chain)) }
        for chain in change.replacedChains { body(.flushChain(id, chain.name)) }
        for list in change.deletedElements { body(.deleteElements(id, list)) }
        for chain in change.addedChains + change.replacedChains {
            for rule in chain.rules { body(.addRule(id, chain: chain.name, rule)) }
        }
        forEachJoined(change.addedElements) { body(.addElements(id, $0)) }
        for chain in change.deletedChains { body(.flushChain(id, chain)) }
        for set in change.deletedSets { body(.flushSet(id, set)) }
        for chain in change.deletedChains { body(.deleteChain(id, chain)) }
        for set in change.deletedSets { body(.deleteSet(id, set)) }
    }

    /// Joins short lists of one set that follow each other, so that a message is well filled.
    private static func forEachJoined(_ lists: [SetElements], _ body: (SetElements) -> Void) {
        var joined: SetElements?
        for list in lists {
            if let before = joined, before.set != list.set || before.elements.count >= joinedElementsMin {
                body(before)
                joined = nil
            }
            if joined == nil { joined = list } else { joined?.elements += list.elements }
        }
        if let joined { body(joined) }
    }

    /// How many elements fill a message of 64 KiB.
    private static let joinedElementsMin = 1500
}

extension BatchOperation: CustomStringConvertible {
    /// The command as `nft` would have it; for elements the first one and how many more there are.
    package var description: String {
        switch self {
        case .addTable(let id, _), .ensureTable(let id), .wakeTable(let id): "add table \(id)"
        case .deleteTable(let id): "delete table \(id)"
        case .addSet(let id, let set): "add \(set.contents == .keysOnly ? "set" : "map") \(id) \(set.name)"
        case .addChain(let id, let chain): "add chain \(id) \(chain.name)"
        case .flushChain(let id, let chain): "flush chain \(id) \(chain)"
        case .deleteChain(let id, let chain): "delete chain \(id) \(chain)"
        case .addRule(let id, let chain, let rule): "add rule \(id) \(chain) \(rule.nftText)"
        case .addXTRule(let id, let chain, let rule, let place):
            "add rule \(id) \(chain) (-\(place == .head ? "I" : "A")) \(rule.text(in: id.family))"
        case .deleteRule(let id, let chain, let handle): "delete rule \(id) \(chain) handle \(handle)"
        case .addElements(let id, let list): Self.describe("add", id, list)
        case .addLeasedElements(let id, let set, let leased):
            Self.describe("add", id, SetElements(set, leased.map(\.element)))
        case .deleteElements(let id, let list): Self.describe("delete", id, list)
        case .destroyElements(let id, let list): Self.describe("destroy", id, list)
        case .flushSet(let id, let set): "flush set \(id) \(set)"
        case .deleteSet(let id, let set): "delete set \(id) \(set)"
        }
    }

    /// The table that it is about.
    package var table: TableID {
        switch self {
        case .addTable(let id, _), .ensureTable(let id), .wakeTable(let id), .deleteTable(let id), .addSet(let id, _),
            .addChain(let id, _), .flushChain(let id, _), .deleteChain(let id, _), .addRule(let id, _, _),
            .addXTRule(let id, _, _, _), .deleteRule(let id, _, _), .addElements(let id, _),
            .addLeasedElements(let id, _, _), .deleteElements(let id, _), .destroyElements(let id, _),
            .flushSet(let id, _), .deleteSet(let id, _):
            id
        }
    }

    private static func describe(_ verb: String, _ id: TableID, _ list: SetElements) -> String {
        let place = "\(verb) element \(id) \(list.set)"
        guard let first = list.elements.first else { return place }
        let more = list.elements.count - 1
        return "\(place) \(first.key.nftText)" + (more > 0 ? " and \(more) more" : "")
    }

    /// The same operation, on some of its elements only.
    func narrowed(to range: Range<Int>) -> BatchOperation {
        let only = { (list: SetElements) in SetElements(list.set, Array(list.elements[range])) }
        return switch self {
        case .addElements(let id, let list): .addElements(id, only(list))
        case .addLeasedElements(let id, let set, let leased): .addLeasedElements(id, set: set, Array(leased[range]))
        case .deleteElements(let id, let list): .deleteElements(id, only(list))
        case .destroyElements(let id, let list): .destroyElements(id, only(list))
        default: self
        }
    }

    /// The commands, one for each element.
    package var commands: [String] {
        let each = { (verb: String, id: TableID, list: SetElements) in
            list.elements.map { "\(verb) element \(id) \(list.set) \($0.nftText)" }
        }
        return switch self {
        case .addElements(let id, let list): each("add", id, list)
        case .addLeasedElements(let id, let set, let leased): each("add", id, SetElements(set, leased.map(\.element)))
        case .deleteElements(let id, let list): each("delete", id, list)
        case .destroyElements(let id, let list): each("destroy", id, list)
        default: [description]
        }
    }
}
