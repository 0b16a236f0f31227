/// The EndpointSlices of all Services: asked for by Service, each list sorted by name.
struct SliceIndex: Sendable {
    private var lists: [NamespacedName: [EndpointSlice]] = [:]
    /// Of each slice.
    private var services: [NamespacedName: NamespacedName] = [:]

    /// All slices, in no particular order.
    var all: some Sequence<EndpointSlice> { lists.values.lazy.joined() }

    /// The slices of a Service, sorted by name; nil if there are none.
    subscript(service: NamespacedName) -> [EndpointSlice]? { lists[service] }

    /// So many are going to be there.
    mutating func reserveCapacity(services: Int, slices: Int) {
        lists.reserveCapacity(services)
        self.services.reserveCapacity(slices)
    }

    /// Puts a slice in the place of the one of its name, perhaps with another Service.
    ///
    /// - Returns: the Services whose slices are not what they were.
    mutating func put(_ slice: EndpointSlice) -> [NamespacedName] {
        let name = slice.metadata.name
        let old = services.updateValue(slice.service, forKey: name)
        let left = old == slice.service ? nil : old
        if let left { take(name, from: left) }
        let isChanged = Self.put(slice, in: &lists[slice.service, default: []])
        return [left, isChanged ? slice.service : nil].compactMap { $0 }
    }

    /// - Returns: the Service that it was of; nil if there was no such slice.
    mutating func remove(_ name: NamespacedName) -> NamespacedName? {
        guard let service = services.removeValue(forKey: name) else { return nil }
        take(name, from: service)
        return service
    }

    private mutating func take(_ name: NamespacedName, from service: NamespacedName) {
        lists[service]?.removeAll { $0.metadata.name == name }
        if lists[service]?.isEmpty == true { lists[service] = nil }
    }

    /// - Returns: whether anything is different then.
    private static func put(_ slice: EndpointSlice, in list: inout [EndpointSlice]) -> Bool {
        var (low, high) = (0, list.count)
        while low < high {
            let middle = (low + high) / 2
            if list[middle].metadata.name < slice.metadata.name { low = middle + 1 } else { high = middle }
        }
        guard low < list.count, list[low].metadata.name == slice.metadata.name else {
            list.insert(slice, at: low)
            return true
        }
        if list[low] == slice { return false }
        list[low] = slice
        return true
    }
}
