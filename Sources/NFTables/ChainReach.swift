extension [String: Chain] {
    /// The names of those, among these chains by name, to which elements lead, and to which these chains lead in turn.
    package func reached(from elements: [SetElements]) -> Set<String> {
        var pending = elements.flatMap(\.elements).compactMap(\.targetChain)
        var reached: Set<String> = []
        while let name = pending.popLast() {
            guard let chain = self[name], reached.insert(name).inserted else { continue }
            for case .verdict(let verdict) in chain.rules.flatMap(\.statements) {
                if let next = verdict.chain { pending.append(next) }
            }
        }
        return reached
    }
}

extension Element {
    fileprivate var targetChain: String? {
        guard case .verdict(let verdict) = data else { return nil }
        return verdict.chain
    }
}
