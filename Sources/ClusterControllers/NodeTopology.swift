import ClusterModel

/// What of the Nodes decides on endpoints: which there are, their zones, and how much processor each zone has.
struct NodeTopology: Sendable {
    private struct Facts: Hashable {
        var zone: String?
        /// Thousandths of a processor, if the Node counts; 0 if it should say how many and does not, or has no zone.
        var countedCPU: Int?
    }

    /// What changed with a Node.
    struct Change: Sendable {
        /// Whether endpoints on it are not what they were.
        var hasOtherZone: Bool
        /// Whether the shares of the zones are not what they were.
        var hasOtherShares: Bool
    }

    private var nodes: [String: Facts] = [:]
    private var zones: [String: (nodeCount: Int, cpu: Int)] = [:]
    private var uselessCount = 0

    /// Whether there is no Node at all.
    var isEmpty: Bool { nodes.isEmpty }

    /// Whether the Node is there, and its zone.
    func zone(of name: String?) -> (isKnown: Bool, zone: String?) {
        let facts = name.flatMap { nodes[$0] }
        return (facts != nil, facts?.zone)
    }

    /// How much of all processors each zone has, sorted by zone; nil if that does not suffice to share out endpoints by it
    /// (`TopologyCache.SetNodes`): some Node does not say its zone or processors, or there is one zone only.
    var shares: [(zone: String, share: Double)]? {
        let total = zones.values.reduce(0) { $0 + $1.cpu }
        guard uselessCount == 0, zones.count > 1, total > 0 else { return nil }
        return zones.sorted { $0.key < $1.key }.map { ($0.key, Double($0.value.cpu) / Double(total)) }
    }

    /// Takes in what a Node is now; nil if it is gone.
    mutating func set(_ name: String, _ node: Node?) -> Change {
        let old = nodes[name]
        let new = node.map { Self.facts($0) }
        nodes[name] = new
        if let old { count(old, -1) }
        if let new { count(new, 1) }
        return Change(
            hasOtherZone: (old == nil) != (new == nil) || old?.zone != new?.zone,
            hasOtherShares: old?.countedCPU != new?.countedCPU || old?.zone != new?.zone)
    }

    private mutating func count(_ facts: Facts, _ sign: Int) {
        guard let cpu = facts.countedCPU else { return }
        guard cpu > 0, let zone = facts.zone else {
            uselessCount += sign
            return
        }
        let old = zones[zone] ?? (0, 0)
        zones[zone] = old.nodeCount + sign == 0 ? nil : (old.nodeCount + sign, old.cpu + sign * cpu)
    }

    private static func facts(_ node: Node) -> Facts {
        let labels = node.metadata.labels
        let zone = labels["topology.kubernetes.io/zone"].flatMap { $0.isEmpty ? nil : $0 }
        let isControlPlane = ["control-plane", "master"].contains { labels["node-role.kubernetes.io/\($0)"] != nil }
        let counts = node.isReady && !isControlPlane
        return Facts(zone: zone, countedCPU: counts ? node.allocatableMilliCPU ?? 0 : nil)
    }
}
