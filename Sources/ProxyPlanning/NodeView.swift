package import ClusterModel
package import NetworkValues

/// How traffic of the cluster's own pods is told from other traffic.
package enum PodTraffic: Hashable, Sendable, CustomStringConvertible {
    /// It comes from an address in this block.
    case source(IPPrefix)
    /// It comes in on this interface.
    case interface(String)
    /// It comes in on an interface whose name begins like this.
    case interfacePrefix(String)

    /// `from 10.64.0.0/16`, `on cni0` or `on veth*`.
    package var description: String {
        switch self {
        case .source(let block): "from \(block)"
        case .interface(let name): "on \(name)"
        case .interfacePrefix(let prefix): "on \(prefix)*"
        }
    }
}

/// At which addresses of the node node ports are served.
package enum NodePortAddresses: Hashable, Sendable {
    /// At whichever are local.
    case all
    /// At these, sorted.
    case only([IPAddress])
}

/// What this node knows of itself: the settings, completed by its Node object and the machine's addresses.
package struct NodeView: Hashable, Sendable {
    /// The node's name.
    package let name: String

    /// The address families in which anything is done.
    package let families: Set<IPFamily>

    /// The label `topology.kubernetes.io/zone`, nil if absent or empty.
    package let zone: String?

    /// How traffic of the cluster's own pods is known; nil for a family in which it is not.
    package let podTraffic: [IPFamily: PodTraffic]

    /// The node's own addresses, at most one per family: of the Node object's, the first.
    package let addresses: [IPFamily: IPAddress]

    /// Where node ports are served.
    package let nodePortAddresses: [IPFamily: NodePortAddresses]

    /// Where health checks are answered: where node ports are served, but if all blocks of `--nodeport-addresses` are of one
    /// family, nowhere in the other.
    package let healthCheckAddresses: [IPFamily: NodePortAddresses]

    /// The protocols whose flows to endpoints that are gone are ended.
    package let endedFlows: Set<TransportProtocol>

    /// Whether all traffic to cluster IPs is masqueraded.
    package let masqueradeAll: Bool

    /// Completes the settings.
    ///
    /// - Parameters:
    ///   - settings: What the user decided.
    ///   - node: What the cluster knows of the node.
    ///   - machineAddresses: All addresses of the machine's interfaces, in the kernel's order; used for node ports only.
    package init(_ settings: ProxySettings, node: Node?, machineAddresses: [IPAddress] = []) {
        name = settings.nodeName
        families = settings.families
        let label = node?.metadata.labels["topology.kubernetes.io/zone"]
        zone = label?.isEmpty == false ? label : nil
        podTraffic = Self.podTraffic(settings, node)
        let all = node?.addresses ?? []
        addresses = Dictionary(all.map { ($0.family, $0) }, uniquingKeysWith: { first, _ in first })
        let nodeAddresses = addresses
        nodePortAddresses = Dictionary(
            uniqueKeysWithValues: IPFamily.allCases.map { family in
                let ofFamily = machineAddresses.filter { $0.family == family }
                return (family, Self.nodePortAddresses(settings, nodeAddresses[family], ofFamily, family))
            })
        let chosen = Set(settings.nodePortAddresses.map(\.family))
        healthCheckAddresses = nodePortAddresses.filter { chosen.isEmpty || chosen.contains($0.key) }
        endedFlows = settings.endedFlows
        masqueradeAll = settings.masqueradeAll
    }

    private static func podTraffic(_ settings: ProxySettings, _ node: Node?) -> [IPFamily: PodTraffic] {
        let byBlock = { (blocks: [IPPrefix]) in
            Dictionary(blocks.map { ($0.family, PodTraffic.source($0)) }, uniquingKeysWith: { first, _ in first })
        }
        let byInterface = { (traffic: PodTraffic) in
            Dictionary(uniqueKeysWithValues: IPFamily.allCases.map { ($0, traffic) })
        }
        return switch settings.detectLocalMode {
        case .clusterCIDR: byBlock(settings.clusterCIDRs)
        case .nodeCIDR: byBlock(node?.podCIDRs ?? [])
        case .bridgeInterface: byInterface(.interface(settings.bridgeInterface))
        case .interfaceNamePrefix: byInterface(.interfacePrefix(settings.interfaceNamePrefix))
        }
    }

    /// A block of length 0 stands for all addresses, even those that come later. So does a family of which no block is given
    /// and no address known, as in kube-proxy.
    private static func nodePortAddresses(
        _ settings: ProxySettings, _ primary: IPAddress?, _ machineAddresses: [IPAddress], _ family: IPFamily
    ) -> NodePortAddresses {
        if settings.nodePortAddresses.isEmpty, settings.nodePortDefault == .primary {
            return primary.flatMap { $0.isLoopback ? nil : .only([$0]) } ?? .all
        }
        let blocks = settings.nodePortAddresses.filter { $0.family == family }
        if blocks.isEmpty || blocks.contains(where: { $0.length == 0 }) { return .all }
        let inBlock = machineAddresses.filter { address in
            blocks.contains { $0.contains(address) }
                && (!address.isLoopback || family == .ipv4 && settings.localhostNodePorts)
        }
        return .only(Set(inBlock).sorted())
    }

    /// The node's address of a family, the loopback address if none is known, as in kube-proxy.
    package func address(_ family: IPFamily) -> IPAddress {
        addresses[family] ?? .loopback(family)
    }
}
