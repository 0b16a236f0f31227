package import ClusterModel

/// What may be in the state and is not known, since it cannot be read and there is no earlier version of it either.
package enum UnknownState: Hashable, Sendable {
    /// All that there is is known.
    case nothing
    /// Objects of these Services: one that cannot be used as it is, but that says whose it is.
    case services(Set<NamespacedName>)
    /// Anything: a file or directory that cannot be read at all.
    case anything

    /// What may be hidden behind either of two.
    package func union(_ other: UnknownState) -> UnknownState {
        switch (self, other) {
        case (.anything, _), (_, .anything): .anything
        case (.nothing, let rest), (let rest, .nothing): rest
        case (.services(let some), .services(let others)): .services(some.union(others))
        }
    }

    /// Whether something of this Service may not be known.
    package func mayHave(_ service: NamespacedName) -> Bool {
        switch self {
        case .nothing: false
        case .services(let services): services.contains(service)
        case .anything: true
        }
    }
}
