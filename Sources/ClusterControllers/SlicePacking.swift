import ClusterModel

/// How the endpoints of one list of ports are put into slices: those that are there are kept in their places as far as can be,
/// so that few slices change (`reconcileByPortMapping` of `k8s.io/endpointslice`).
struct SlicePacking {
    /// How many endpoints a slice may have, the controller's `--max-endpoints-per-slice`.
    static let endpointsMax = 100

    /// As they were.
    private(set) var unchanged: [EndpointSlice] = []
    /// With other endpoints or labels than before.
    private(set) var updated: [EndpointSlice] = []
    /// None of their endpoints is wanted.
    private(set) var emptied: [EndpointSlice] = []
    /// What new slices are needed for.
    private(set) var new: [[EndpointSlice.Endpoint]] = []

    /// - Parameters:
    ///   - wanted: The endpoints, each of a Pod of its own.
    ///   - existing: The slices of these ports.
    ///   - labels: What each slice is to have.
    init(_ wanted: [EndpointSlice.Endpoint], in existing: [EndpointSlice], labels: [String: String]) {
        var rest = existing.isEmpty ? wanted : keep(wanted, in: existing, labels: labels)[...].map { $0 }
        fillUpdated(&rest)
        while !rest.isEmpty {
            let count = min(rest.count, Self.endpointsMax)
            if rest.count < Self.endpointsMax, let index = sliceToFill(with: rest.count) {
                var slice = unchanged.remove(at: index)
                slice.endpoints += rest
                updated.append(slice)
                rest = []
            } else {
                new.append(Array(rest.prefix(count)))
                rest.removeFirst(count)
            }
        }
    }

    /// Takes out of the slices what is not wanted, and refreshes what is.
    ///
    /// - Returns: what is wanted and in no slice.
    private mutating func keep(
        _ wanted: [EndpointSlice.Endpoint], in existing: [EndpointSlice], labels: [String: String]
    ) -> [EndpointSlice.Endpoint] {
        var places: [String: Int] = [:]
        places.reserveCapacity(wanted.count)
        for (index, endpoint) in wanted.enumerated() { places[endpoint.podName] = index }
        var isPlaced = Array(repeating: false, count: wanted.count)
        for slice in existing {
            var kept: [EndpointSlice.Endpoint] = []
            kept.reserveCapacity(slice.endpoints.count)
            var isRefreshed = false
            for old in slice.endpoints {
                guard let index = places[old.podName], !isPlaced[index], wanted[index].isSamePlace(as: old) else {
                    continue
                }
                isPlaced[index] = true
                isRefreshed = isRefreshed || !wanted[index].isEqualButForHints(old)
                kept.append(wanted[index])
            }
            var new = slice
            new.metadata.labels = labels
            if !isRefreshed, kept.count == slice.endpoints.count {
                if slice.metadata.labels == labels { unchanged.append(slice) } else { updated.append(new) }
            } else if kept.isEmpty {
                emptied.append(slice)
            } else {
                new.endpoints = kept
                updated.append(new)
            }
        }
        return wanted.indices.filter { !isPlaced[$0] }.map { wanted[$0] }
    }

    /// Fills slices that change anyway, the fullest first.
    private mutating func fillUpdated(_ rest: inout [EndpointSlice.Endpoint]) {
        if rest.isEmpty || updated.isEmpty { return }
        updated.sort {
            ($1.endpoints.count, $0.metadata.name) < ($0.endpoints.count, $1.metadata.name)
        }
        for index in updated.indices {
            let count = min(rest.count, Self.endpointsMax - updated[index].endpoints.count)
            guard count > 0 else { continue }
            updated[index].endpoints += rest.prefix(count)
            rest.removeFirst(count)
        }
    }

    /// The unchanged slice that is fullest with so many more.
    private func sliceToFill(with count: Int) -> Int? {
        let fitting = unchanged.indices.filter { unchanged[$0].endpoints.count + count <= Self.endpointsMax }
        return fitting.max { unchanged[$0].endpoints.count < unchanged[$1].endpoints.count }
    }
}

extension EndpointSlice.Endpoint {
    /// The Pod that it is.
    var podName: String { details?.target?.name.name ?? "" }

    /// Whether it is the same endpoint, perhaps in another condition.
    fileprivate func isSamePlace(as other: Self) -> Bool {
        address == other.address && details?.hostname == other.details?.hostname
            && details?.furtherAddresses == other.details?.furtherAddresses
    }

    /// The hints are of this endpoint's slice, and are decided on later.
    fileprivate func isEqualButForHints(_ other: Self) -> Bool {
        ready == other.ready && serving == other.serving && terminating == other.terminating
            && nodeName == other.nodeName && details?.zone == other.details?.zone
            && details?.target == other.details?.target
    }
}
