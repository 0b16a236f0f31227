/// What was last said of each thing, so that it is not said again as long as it stays true.
package struct ReportedDiagnostics<Key: Hashable & Sendable>: Sendable {
    private var known: [Key: [Diagnostic]] = [:]

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
        known[key] = diagnostics.isEmpty ? nil : diagnostics
        return diagnostics.filter { !old.contains($0) }
    }
}
