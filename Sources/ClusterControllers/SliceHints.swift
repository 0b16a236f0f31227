import ClusterModel

/// The slices of one family of a Service, while it is decided which of them change.
struct SliceChanges {
    /// Those that there will be.
    var created: [EndpointSlice] = []
    /// Those that there are and that change.
    var updated: [EndpointSlice] = []
    /// Those that there are and that stay.
    var unchanged: [EndpointSlice] = []
    /// Those that there are and that nobody needs.
    var deleted: [EndpointSlice] = []

    /// Puts what must change among what changes.
    fileprivate mutating func updateUnchanged(where needsUpdate: (EndpointSlice) -> Bool) {
        var kept: [EndpointSlice] = []
        for slice in unchanged {
            if needsUpdate(slice) { updated.append(slice) } else { kept.append(slice) }
        }
        unchanged = kept
    }

    /// Changes all endpoints of the slices that are to be written.
    fileprivate mutating func changeEndpoints(_ change: (inout EndpointSlice.Endpoint) -> Void) {
        for slice in created.indices {
            for index in created[slice].endpoints.indices { change(&created[slice].endpoints[index]) }
        }
        for slice in updated.indices {
            for index in updated[slice].endpoints.indices { change(&updated[slice].endpoints[index]) }
        }
    }
}

extension SliceChanges {
    /// Has the endpoints say whom they are for, as the Service wants it.
    mutating func setHints(for service: Service, _ nodes: NodeTopology) {
        if service.hasTopologyHints {
            guard shareOut(by: nodes) else { return removeHints() }
        } else if let distribution = service.trafficDistribution {
            preferClose(hasNodes: distribution == .preferSameNode)
        } else {
            removeHints()
        }
    }

    private mutating func removeHints() {
        updateUnchanged { $0.endpoints.contains(where: \.hasHints) }
        changeEndpoints { if $0.hasHints { $0.setHints(zone: nil, node: nil) } }
    }

    /// Every ready endpoint is for its own zone, and perhaps its own node (KEP-4444, KEP-3015).
    private mutating func preferClose(hasNodes: Bool) {
        func hints(_ endpoint: EndpointSlice.Endpoint) -> (zone: String?, node: String?) {
            (endpoint.details?.zone, hasNodes ? endpoint.nodeName : nil)
        }
        updateUnchanged { slice in
            slice.endpoints.contains { endpoint in
                let (zone, node) = hints(endpoint)
                return endpoint.isReady
                    && (endpoint.zoneHints != (zone.map { [$0] } ?? [])
                        || endpoint.nodeHints != (node.map { [$0] } ?? []))
            }
        }
        changeEndpoints { endpoint in
            guard endpoint.isReady else { return }
            let (zone, node) = hints(endpoint)
            endpoint.setHints(zone: zone, node: node)
        }
    }

    /// Each zone gets as many ready endpoints as it has of the processors, its own ones first (KEP-2433, `AddHints` of
    /// `k8s.io/endpointslice/topologycache`).
    ///
    /// - Returns: false if they cannot be shared out so that no zone is overloaded.
    private mutating func shareOut(by nodes: NodeTopology) -> Bool {
        let readyCount = (created + updated + unchanged).reduce(0) { $0 + $1.endpoints.count(where: \.isReady) }
        guard let shares = ZoneShares(nodes, endpointCount: readyCount) else { return false }
        var counts: [String: Int] = [:]
        updateUnchanged { slice in
            guard let own = shares.counts(of: slice, besides: counts) else { return true }
            counts.merge(own, uniquingKeysWith: +)
            return false
        }
        let writtenSlices = created + updated
        let written = writtenSlices.flatMap { $0.endpoints.filter(\.isReady) }
        let zones = written.compactMap { $0.details?.zone }
        guard zones.count == written.count else { return false }
        for zone in zones { counts[zone, default: 0] += 1 }
        if counts.isEmpty { return false }
        var (giving, receiving) = shares.moves(from: counts)
        changeEndpoints { endpoint in
            guard endpoint.isReady, let zone = endpoint.details?.zone else { return }
            var target = zone
            if let surplus = giving[zone], let other = receiving.keys.min(), let missing = receiving[other] {
                target = other
                giving[zone] = surplus > 1 ? surplus - 1 : nil
                receiving[other] = missing > 1 ? missing - 1 : nil
            }
            endpoint.setHints(zone: target, node: nil)
        }
        return true
    }
}

/// How many endpoints each zone should have.
private struct ZoneShares {
    private struct Share {
        var maximum: Int
        var wanted: Double
    }

    /// How much more than its part an endpoint may get to do.
    private static let overloadMax = 0.2
    private var shares: [String: Share] = [:]

    /// - Returns: nil if there are too few endpoints, or too little is known of the Nodes.
    init?(_ nodes: NodeTopology, endpointCount: Int) {
        guard let parts = nodes.shares, parts.count <= endpointCount else { return nil }
        let minimums = parts.map { Int((Double(endpointCount) * $0.share * (1 / (1 + Self.overloadMax))).rounded(.up)) }
        let rest = endpointCount - minimums.reduce(0, +)
        guard rest >= 0 else { return nil }
        for (part, minimum) in zip(parts, minimums) {
            let wanted = max(part.share * Double(endpointCount), Double(minimum))
            shares[part.zone] = Share(maximum: minimum + rest, wanted: wanted)
        }
    }

    /// How many endpoints of a slice that stays are for each zone; nil if it must not stay, since one has no hint, is for a
    /// zone that needs none, or a zone would have too many.
    func counts(of slice: EndpointSlice, besides others: [String: Int]) -> [String: Int]? {
        var counts: [String: Int] = [:]
        for endpoint in slice.endpoints where endpoint.isReady {
            if endpoint.zoneHints.isEmpty { return nil }
            for zone in endpoint.zoneHints { counts[zone, default: 0] += 1 }
        }
        let fits = counts.allSatisfy { zone, count in
            shares[zone].map { count + others[zone, default: 0] <= $0.maximum } ?? false
        }
        return fits ? counts : nil
    }

    /// How many endpoints zones have to give away, and others to get.
    func moves(from counts: [String: Int]) -> (giving: [String: Int], receiving: [String: Int]) {
        var surplus: [(zone: String, count: Double)] = []
        var lack: [(zone: String, count: Double)] = []
        for (zone, share) in shares.sorted(by: { $0.key < $1.key }) {
            let difference = Double(counts[zone, default: 0]) - share.wanted
            if difference > 0 { surplus.append((zone, difference)) }
            if difference < 0 { lack.append((zone, -difference)) }
        }
        var moves: (giving: [String: Int], receiving: [String: Int]) = ([:], [:])
        while let giver = surplus.indexOfMost, let receiver = lack.indexOfMost {
            let (most, least) = (surplus[giver].count, lack[receiver].count)
            if most < 1 && least < 1 || most < 0.5 || least < 0.5 { break }
            moves.giving[surplus[giver].zone, default: 0] += 1
            moves.receiving[lack[receiver].zone, default: 0] += 1
            surplus[giver].count -= 1
            lack[receiver].count -= 1
        }
        return moves
    }
}

extension [(zone: String, count: Double)] {
    /// Of those that have anything.
    fileprivate var indexOfMost: Int? {
        indices.filter { self[$0].count > 0 }.max { self[$0].count < self[$1].count }
    }
}

extension Service {
    /// Whether the annotation for hints by processors is there; an older one goes first.
    var hasTopologyHints: Bool {
        let annotations = metadata.annotations
        let mode =
            annotations["service.kubernetes.io/topology-aware-hints"]
            ?? annotations["service.kubernetes.io/topology-mode"]
        return mode == "Auto" || mode == "auto"
    }
}

extension EndpointSlice.Endpoint {
    fileprivate var hasHints: Bool { !zoneHints.isEmpty || !nodeHints.isEmpty }

    fileprivate mutating func setHints(zone: String?, node: String?) {
        var details = details ?? EndpointSlice.Details()
        details.zoneHints = zone.map { [$0] } ?? []
        details.nodeHints = node.map { [$0] } ?? []
        self.details = details.isEmpty ? nil : details
    }
}
