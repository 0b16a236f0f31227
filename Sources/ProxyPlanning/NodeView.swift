public import ClusterModel
public import NetworkValues

/// What this node knows of itself: the settings, completed by its Node object.
public struct NodeView: Hashable, Sendable {
    /// The node's name.
    public let name: String

    /// The label `topology.kubernetes.io/zone`, nil if absent or empty.
    public let zone: String?

    /// The source addresses that count as the cluster's own, at most one block per family.
    public let localSources: [IPFamily: IPPrefix]

    /// The node's own addresses, at most one per family: of the Node object's, the first.
    public let addresses: [IPFamily: IPAddress]

    /// Whether connections to node ports at loopback addresses are served. Never for IPv6, whose packets to `::1` the
    /// kernel does not route elsewhere.
    public let servesLocalhostNodePorts: Bool

    /// Whether all traffic to cluster IPs is masqueraded.
    public let masqueradeAll: Bool

    /// The packet mark that asks for masquerading: one bit.
    public let masqueradeMark: UInt32

    /// Completes the settings by what the Node object says, if there is one.
    public init(_ settings: ProxySettings, node: Node?) {
        name = settings.nodeName
        let label = node?.metadata.labels["topology.kubernetes.io/zone"]
        zone = label?.isEmpty == false ? label : nil
        let blocks =
            switch settings.detectLocalMode {
            case .clusterCIDR: settings.clusterCIDRs
            case .nodeCIDR: node?.podCIDRs ?? []
            }
        localSources = Dictionary(blocks.map { ($0.family, $0) }, uniquingKeysWith: { first, _ in first })
        let all = node?.addresses ?? []
        addresses = Dictionary(all.map { ($0.family, $0) }, uniquingKeysWith: { first, _ in first })
        servesLocalhostNodePorts = settings.localhostNodePorts
        masqueradeAll = settings.masqueradeAll
        masqueradeMark = 1 << UInt32(settings.masqueradeBit)
    }

    /// The node's address of a family, the loopback address if none is known, as in kube-proxy.
    public func address(_ family: IPFamily) -> IPAddress {
        addresses[family] ?? (family == .ipv4 ? IPAddress(ipv4: 0x7f00_0001) : IPAddress(ipv6High: 0, low: 1))
    }
}
