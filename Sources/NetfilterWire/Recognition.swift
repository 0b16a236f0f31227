import NetworkValues
package import NFTables

extension TableListing {
    /// What the kernel holds beside what is wanted, in the words of what is wanted.
    ///
    /// The kernel knows instructions, not statements, and bytes, not types. Hence nothing is put together from them: a
    /// chain whose hook and lowered rules are those of the wanted chain of its name *is* that chain; a set with the wire
    /// form of the wanted declaration *has* that declaration, and its elements are read by its types. Whatever is not as
    /// wanted becomes a value that differs from all that are wanted, so that it is replaced or deleted.
    ///
    /// - Parameter wanted: the table as it should be.
    /// - Returns: the sets and chains. Nothing is said of elements.
    package func deviation(from wanted: TableContents) -> TableDeviation {
        var deviation = TableDeviation(id)
        deviation.isDormant = isDormant
        let wantedSets = Dictionary(wanted.sets.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        deviation.sets = sets.filter { !$0.isAnonymous }.map { set in
            wantedSets[set.name].flatMap { set.is($0) ? $0 : nil } ?? .unrecognised(set.name)
        }
        let wantedChains = Dictionary(wanted.chains.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        deviation.chains = chains.map { $0.matched(against: wantedChains[$0.name], in: id) }
        return deviation
    }
}

extension ListedSet {
    /// Whether it has the declaration.
    package func `is`(_ declaration: SetDeclaration) -> Bool {
        !isForeign && attributes == SetAttributes(declaration)
    }
}

extension SetDeclaration {
    /// A declaration that nobody wants.
    package static func unrecognised(_ name: String) -> SetDeclaration {
        SetDeclaration(name, key: [], comment: NetfilterWire.unrecognised)
    }
}

/// The comment of what is not as wanted.
let unrecognised = "not as switchyard made it"

extension ListedChain {
    /// The wanted chain if this is it, else one of this name that differs from it: in its hook too, if that differs.
    fileprivate func matched(against wanted: Chain?, in id: TableID) -> Chain {
        let marker = [Rule(comment: unrecognised)]
        guard let wanted else { return Chain(name, rules: marker) }
        guard hasHook(of: wanted) else {
            return Chain(name, hook: wanted.hook == nil ? BaseHook(.filter, .input, priority: 0) : nil, rules: marker)
        }
        let isSame =
            rules.count == wanted.rules.count
            && zip(rules, wanted.rules).allSatisfy { listed, rule in
                listed.comment == rule.comment && listed.instructions == rule.instructions(in: id.family)
            }
        return isSame ? wanted : Chain(name, hook: wanted.hook, rules: marker)
    }

    private func hasHook(of wanted: Chain) -> Bool {
        let wantedHook = wanted.hook.map { hook in
            Hook(
                type: hook.type.rawValue, number: hook.hook.rawValue, priority: hook.priority,
                policy: UInt32(NF_ACCEPT))
        }
        return hook == wantedHook
    }
}

extension Element {
    /// Reads an element's attributes.
    init?(_ attributes: AttributeReader, key layout: TupleLayout, value: TupleLayout?) throws(WireError) {
        var reader = attributes
        var key: Tuple?
        var data = Data.none
        var comment: String?
        while let attribute = try reader.next() {
            switch attribute.type {
            case NFTA_SET_ELEM_KEY:
                key = try attribute.nested.first(NFTA_DATA_VALUE).flatMap { layout.tuple($0.bytes) }
            case NFTA_SET_ELEM_DATA:
                guard let decoded = try Self.data(attribute.nested, value) else { return nil }
                data = decoded
            case NFTA_SET_ELEM_USERDATA: comment = UserData.comment(in: attribute.bytes) ?? unrecognised
            case NFTA_SET_ELEM_PAD: break
            default: comment = unrecognised
            }
        }
        guard let key else { return nil }
        self.init(key, data, comment: comment)
    }

    private static func data(_ attributes: AttributeReader, _ value: TupleLayout?) throws(WireError) -> Data? {
        var reader = attributes
        guard let attribute = try reader.next() else { return nil }
        switch attribute.type {
        case NFTA_DATA_VERDICT: return try Verdict(attribute).map { .verdict($0) }
        case NFTA_DATA_VALUE: return value?.tuple(attribute.bytes).map { .value($0) }
        default: return nil
        }
    }
}
