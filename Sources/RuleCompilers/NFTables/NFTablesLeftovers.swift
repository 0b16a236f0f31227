package import ClusterModel
import NetworkValues
package import NFTables

extension Fragment {
    /// The part of what a table would lose that is of certain Services.
    ///
    /// - Parameters:
    ///   - held: The elements that the kernel holds, or at least those of Services that count.
    ///   - isKept: Whether what is of this Service counts.
    ///   - keepsAll: Whether all of it counts, whether it is a Service's or not.
    package func part(of held: [SetElements], _ isKept: (NamespacedName) -> Bool, keepsAll: Bool) -> Fragment {
        if keepsAll { return self }
        return LeftoverChoice(self, of: held, isKept).part
    }
}

/// Chooses from what a table would lose what is of certain Services: by the comments of their frontends, and from there on
/// by what leads where.
private struct LeftoverChoice {
    private(set) var part = Fragment()

    init(_ leftovers: Fragment, of held: [SetElements], _ isKept: (NamespacedName) -> Bool) {
        let frontends = Self.frontends(among: held, isKept)
        if frontends.isEmpty { return }
        let addresses = Set(frontends.compactMap(\.fields.first))
        part.elements = leftovers.elements.compactMap { list in
            Self.select(list.elements) { frontends.contains($0.key) || frontends.contains($0.key.withoutNumber) }
                .map { SetElements(list.set, $0) }
        }
        addChains(from: leftovers.sharedChains)
        let names = Set(part.sharedChains.flatMap(\.usedSets))
        part.sets = leftovers.sets.filter { names.contains($0.name) }
        let endpoints = endpointAddresses
        part.sharedKeys = leftovers.sharedKeys.compactMap { list in
            let used = list.set == NFTablesNames.clusterIPs ? addresses : endpoints
            return Self.select(list.keys) { $0.fields.first.map(used.contains) ?? false }
                .map { SharedKeys(list.set, $0) }
        }
    }

    /// The keys of all frontends of the Services.
    private static func frontends(among held: [SetElements], _ isKept: (NamespacedName) -> Bool) -> Set<Tuple> {
        let commented = held.flatMap(\.elements).filter { element in
            element.comment.flatMap(IPTablesNames.service(inComment:)).map(isKept) ?? false
        }
        return Set(commented.map(\.key))
    }

    private static func select<Value>(_ values: [Value], _ isChosen: (Value) -> Bool) -> [Value]? {
        let chosen = values.filter(isChosen)
        return chosen.isEmpty ? nil : chosen
    }

    /// The chains that the elements lead to, and those that these lead to.
    private mutating func addChains(from chains: [Chain]) {
        let byName = Dictionary(chains.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let wanted = byName.reached(from: part.elements)
        part.sharedChains = chains.filter { wanted.contains($0.name) }
    }

    /// The addresses of all endpoints that the elements and chains lead to.
    private var endpointAddresses: Set<Datum> {
        let values = part.elements.flatMap(\.elements).compactMap { element -> Datum? in
            guard case .value(let endpoint) = element.data else { return nil }
            return endpoint.fields.first
        }
        let translations = part.sharedChains.flatMap(\.rules).flatMap(\.statements).compactMap { statement -> Datum? in
            guard case .dnat(let endpoint) = statement else { return nil }
            return .address(endpoint.address)
        }
        return Set(values + translations)
    }
}

extension Tuple {
    /// The frontend of a key of backends: without the number at its end.
    fileprivate var withoutNumber: Tuple {
        var shorter = Tuple()
        for field in fields {
            if case .number = field { break }
            shorter.append(field)
        }
        return shorter
    }
}

extension Chain {
    /// The sets of clients that its rules ask or fill.
    fileprivate var usedSets: [String] {
        rules.flatMap(\.statements).compactMap { statement in
            switch statement {
            case .lookup(_, let set), .updateSet(let set, _, _), .updateMap(let set, _, _, _): set
            default: nil
            }
        }
    }
}
