import ClusterModel

/// The slices that somebody wrote.
struct GivenSlices: Sendable {
    private var services: [NamespacedName: (service: NamespacedName, decides: Bool)] = [:]
    /// How many of them decide what the Service gets.
    private var decidingCounts: [NamespacedName: Int] = [:]

    /// Whether there is one of this name.
    func has(_ slice: NamespacedName) -> Bool { !services.isEmpty && services[slice] != nil }

    /// Whether a Service gets what is given, and nothing else.
    func decide(_ service: NamespacedName) -> Bool { !decidingCounts.isEmpty && decidingCounts[service] != nil }

    /// - Parameter decides: Whether its Service gets nothing else than what is given.
    /// - Returns: the Services for which that may be something new.
    mutating func put(_ slice: EndpointSlice, decides: Bool) -> [NamespacedName] {
        let name = slice.metadata.name
        let old = services.updateValue((slice.service, decides), forKey: name)
        if let old, old == (slice.service, decides) { return [] }
        if let old, old.decides { count(old.service, -1) }
        if decides { count(slice.service, 1) }
        return [slice.service] + (old.map { [$0.service] } ?? [])
    }

    /// - Returns: the Service that it was of; nil if there was none.
    mutating func remove(_ slice: NamespacedName) -> NamespacedName? {
        guard let old = services.removeValue(forKey: slice) else { return nil }
        if old.decides { count(old.service, -1) }
        return old.service
    }

    private mutating func count(_ service: NamespacedName, _ change: Int) {
        let count = decidingCounts[service, default: 0] + change
        decidingCounts[service] = count == 0 ? nil : count
    }
}

extension EndpointSlice {
    /// Whether a controller wrote it that does here what this one does.
    var isMadeByController: Bool {
        let manager = metadata.labels[Self.managedByLabel]
        return manager == Self.controllerName || manager == Self.mirroringControllerName
    }
}
