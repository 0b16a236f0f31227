package import NetworkValues

/// How traffic from the cluster's own pods is told from other traffic. kube-proxy calls it `--detect-local-mode`.
package enum DetectLocalMode: String, Hashable, Sendable, CaseIterable {
    /// By source address in `--cluster-cidr`.
    case clusterCIDR = "ClusterCIDR"
    /// By source address in this Node's `spec.podCIDRs`.
    case nodeCIDR = "NodeCIDR"
    /// By the bridge of the pods, on which it comes in.
    case bridgeInterface = "BridgeInterface"
    /// By how the names of the interfaces begin on which it comes in.
    case interfaceNamePrefix = "InterfaceNamePrefix"
}

/// At which of the node's addresses node ports are served, where no block says it.
package enum NodePortDefault: String, Hashable, Sendable {
    /// All of them: iptables mode.
    case all
    /// The one that the Node object has, per family: nftables mode.
    case primary
}

/// What the person who runs the proxy decides; everything else comes from the cluster's state.
package struct ProxySettings: Hashable, Sendable {
    /// The name of this node, as endpoints and the Node object have it: `--hostname-override`, or the host name.
    package var nodeName: String

    /// The address families in which anything is done: one that is switched off on the machine gets no rules.
    package var families: Set<IPFamily>

    /// `--detect-local-mode`.
    package var detectLocalMode: DetectLocalMode

    /// `--cluster-cidr`, at most one per family. Without one for a family, no traffic of it counts as from outside.
    package var clusterCIDRs: [IPPrefix]

    /// `--service-cluster-ip-range`: no other cluster IPs are served. Empty for any.
    package var serviceClusterIPRanges: [IPPrefix]

    /// `--service-node-port-range`: no other node ports and health check ports are served. Nil for any.
    package var serviceNodePortRange: ClosedRange<UInt16>?

    /// `--masquerade-all`: masquerade all traffic to cluster IPs.
    package var masqueradeAll: Bool

    /// `--pod-bridge-interface`, for mode BridgeInterface.
    package var bridgeInterface: String

    /// `--pod-interface-name-prefix`, for mode InterfaceNamePrefix.
    package var interfaceNamePrefix: String

    /// `--nodeport-addresses`: node ports are served at the machine's addresses in these blocks.
    package var nodePortAddresses: [IPPrefix]

    /// Where node ports are served if ``nodePortAddresses`` has no block at all.
    package var nodePortDefault: NodePortDefault

    /// `--iptables-localhost-nodeports`: 127.0.0.1 is among the addresses at which node ports are served, if it is in a block.
    package var localhostNodePorts: Bool

    /// `--conntrack-cleanup`: the protocols whose flows to endpoints that are gone are ended.
    package var endedFlows: Set<TransportProtocol>

    /// Settings; what is not given is as in kube-proxy.
    package init(
        nodeName: String, families: Set<IPFamily> = Set(IPFamily.allCases),
        detectLocalMode: DetectLocalMode = .clusterCIDR, clusterCIDRs: [IPPrefix] = [], bridgeInterface: String = "",
        interfaceNamePrefix: String = "", masqueradeAll: Bool = false,
        nodePortAddresses: [IPPrefix] = [], nodePortDefault: NodePortDefault = .all, localhostNodePorts: Bool = true,
        endedFlows: Set<TransportProtocol> = [.udp],
        serviceClusterIPRanges: [IPPrefix] = [], serviceNodePortRange: ClosedRange<UInt16>? = nil
    ) {
        self.nodeName = nodeName
        self.families = families
        self.detectLocalMode = detectLocalMode
        self.clusterCIDRs = clusterCIDRs
        self.bridgeInterface = bridgeInterface
        self.interfaceNamePrefix = interfaceNamePrefix
        self.masqueradeAll = masqueradeAll
        self.nodePortAddresses = nodePortAddresses
        self.nodePortDefault = nodePortDefault
        self.localhostNodePorts = localhostNodePorts
        self.endedFlows = endedFlows
        self.serviceClusterIPRanges = serviceClusterIPRanges
        self.serviceNodePortRange = serviceNodePortRange
    }
}
