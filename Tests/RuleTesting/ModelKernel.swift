package import NFTables

/// A stand-in for the kernel's tables, which behaves like it: it refuses to add what is there, to delete what is not,
/// to delete a chain that is still used, and to refer to a chain or set that does not exist.
package struct ModelKernel: Sendable {
    /// Why a change was refused: an errno's name, and the object.
    package struct Refusal: Error, CustomStringConvertible {
        /// A sentence.
        package let description: String
    }

    /// A table, in a form that does not depend on the order in which it came about.
    package struct Table: Equatable, Sendable {
        /// By name.
        package var sets: [String: SetDeclaration] = [:]
        /// By set, then by key.
        package var elements: [String: [Tuple: Element]] = [:]
        /// By name.
        package var chains: [String: Chain] = [:]

        init() {}

        /// The table that loading the contents makes.
        package init(_ contents: TableContents) {
            sets = Dictionary(uniqueKeysWithValues: contents.sets.map { ($0.name, $0) })
            chains = Dictionary(uniqueKeysWithValues: contents.chains.map { ($0.name, $0) })
            for set in contents.sets { elements[set.name] = [:] }
            for list in contents.elements {
                elements[list.set] = Dictionary(uniqueKeysWithValues: list.elements.map { ($0.key, $0) })
            }
        }
    }

    /// The tables that are there.
    package var tables: [TableID: Table] = [:]

    /// No tables.
    package init() {}

    /// Carries out a change, or throws ``Refusal`` and leaves everything as it was.
    package mutating func apply(_ change: TableChange) throws {
        if change.deletesTable { tables[change.id] = nil }
        if change.addsTable { tables[change.id] = Table() }
        guard var table = tables[change.id] else { throw Refusal(description: "no table \(change.id)") }
        try table.apply(change)
        tables[change.id] = table
    }
}

extension ModelKernel.Table {
    /// The table's contents, read back.
    package func contents(_ id: TableID) -> TableContents {
        var contents = TableContents(id)
        contents.sets = sets.values.sorted { $0.name < $1.name }
        contents.chains = chains.values.sorted { $0.name < $1.name }
        contents.elements = elements.map { SetElements($0.key, Array($0.value.values)) }
        return contents
    }

    fileprivate mutating func apply(_ change: TableChange) throws {
        for set in change.addedSets {
            try require(sets.updateValue(set, forKey: set.name) == nil, "EEXIST: set \(set.name)")
            elements[set.name] = [:]
        }
        for chain in change.addedChains {
            try require(chains.updateValue(chain, forKey: chain.name) == nil, "EEXIST: chain \(chain.name)")
        }
        for chain in change.replacedChains {
            try require(chains.updateValue(chain, forKey: chain.name) != nil, "ENOENT: chain \(chain.name)")
        }
        for list in change.deletedElements {
            for element in list.elements {
                let old = elements[list.set]?.removeValue(forKey: element.key)
                try require(old == element, "ENOENT: element \(element.nftText) of \(list.set)")
            }
        }
        for list in change.addedElements {
            for element in list.elements {
                try require(elements[list.set] != nil, "ENOENT: set \(list.set)")
                let old = elements[list.set]?.updateValue(element, forKey: element.key)
                try require(old == nil, "EEXIST: element \(element.nftText) of \(list.set)")
            }
        }
        for name in change.deletedChains {
            try require(chains.removeValue(forKey: name) != nil, "ENOENT: chain \(name)")
        }
        for name in change.deletedSets {
            try require(sets.removeValue(forKey: name) != nil, "ENOENT: set \(name)")
            elements[name] = nil
        }
        try requireReferences()
    }

    private func requireReferences() throws {
        let verdicts = elements.values.flatMap(\.values).map(\.data)
        for case .verdict(let verdict) in verdicts {
            if let chain = verdict.chain { try require(chains[chain] != nil, "EBUSY or ENOENT: chain \(chain)") }
        }
        for statement in chains.values.flatMap(\.rules).flatMap(\.statements) {
            switch statement {
            case .lookup(_, let set), .verdictMap(_, let set), .dnatMap(_, _, let set),
                .dnatAddressMap(_, _, let set, _), .updateMap(let set, _, _, _):
                try require(sets[set] != nil, "EBUSY or ENOENT: set \(set)")
            case .verdict(let verdict):
                if let chain = verdict.chain { try require(chains[chain] != nil, "EBUSY or ENOENT: chain \(chain)") }
            default: break
            }
        }
    }

    private func require(_ condition: Bool, _ description: String) throws {
        if !condition { throw ModelKernel.Refusal(description: description) }
    }
}
