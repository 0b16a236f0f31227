/// What was last said of each thing, so that it is not said again as long as it stays true.
package struct ReportedDiagnostics<Key: Hashable & Sendable>: Sendable {
    private var known: [Key: [Diagnostic]] = [:]

    /// Another number as soon as anything else is true than before.
    package private(set) var revision = 0

    /// Nothing was said yet.
    package init() {}

    /// Whether anything is true that was said.
    package var isUsed: Bool { !known.isEmpty }

    /// Takes note of all that is to be said of a thing.
    ///
    /// - Returns: what of it was not said before.
    package mutating func news(_ diagnostics: [Diagnostic], of key: Key) -> [Diagnostic] {
        if diagnostics.isEmpty && known.isEmpty { return [] }
        let old = known[key] ?? []
        if old != diagnostics { revision += 1 }
        known[key] = diagnostics.isEmpty ? nil : diagnostics
        return diagnostics.filter { !old.contains($0) }
    }
}

extension ReportedDiagnostics where Key: Comparable {
    /// All that is true, in the order of the keys, as far as the limit goes.
    package func all(upTo limit: Int) -> Bounded<Diagnostic> {
        var all = Bounded<Diagnostic>(limit: limit)
        for (_, diagnostics) in known.sorted(by: { $0.key < $1.key }) {
            for diagnostic in diagnostics { all.append(diagnostic) }
        }
        return all
    }
}
