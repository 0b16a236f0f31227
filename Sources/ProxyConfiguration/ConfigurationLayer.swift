package import ProxyPlanning

/// The settings that have a value in a layer, by the names of kube-proxy's flags.
package enum Setting: String, Hashable, Sendable, CaseIterable {
    case proxyMode = "proxy-mode"
    case hostnameOverride = "hostname-override"
    case detectLocalMode = "detect-local-mode"
    case clusterCIDR = "cluster-cidr"
    case podBridgeInterface = "pod-bridge-interface"
    case podInterfaceNamePrefix = "pod-interface-name-prefix"
    case nodePortAddresses = "nodeport-addresses"
    case masqueradeAll = "masquerade-all"
    case localhostNodePorts = "iptables-localhost-nodeports"
    case conntrackCleanup = "conntrack-cleanup"
    case tcpBeLiberal = "conntrack-tcp-be-liberal"
    case masqueradeBit = "iptables-masquerade-bit"
    case serviceClusterIPRange = "service-cluster-ip-range"
    case serviceNodePortRange = "service-node-port-range"
    case minSyncPeriod = "iptables-min-sync-period"
    case syncPeriod = "iptables-sync-period"
    case verbosity = "v"
    case logFormat = "logging-format"
}

/// What one place says about the proxy's configuration: what was not said there is nil, so that what is said elsewhere holds.
///
/// Texts whose meaning depends on other settings are not yet parsed: ``Configuration/resolve(_:on:)`` does that.
package struct ConfigurationLayer: Hashable, Sendable {
    /// Where it was said, which decides how a setting is named when its value is wrong.
    package enum Origin: Hashable, Sendable {
        /// Nowhere: it is the default.
        case defaults
        /// On the command line.
        case flags

        /// What the user calls the setting.
        package func name(of setting: Setting) -> String { "--\(setting.rawValue)" }
    }

    /// Where all of it was said.
    package var origin: Origin

    /// The kind of rules.
    package var proxyMode: ProxyMode?
    /// This node's name; empty for the host name.
    package var hostnameOverride: String?
    /// How traffic from the cluster's own pods is told from other traffic.
    package var detectLocalMode: DetectLocalMode?
    /// The addresses of the cluster's pods.
    package var clusterCIDR: String?
    /// The bridge of the pods.
    package var podBridgeInterface: String?
    /// How the names of the pods' interfaces begin.
    package var podInterfaceNamePrefix: String?
    /// The blocks in which the machine's addresses serve node ports, or `primary`.
    package var nodePortAddresses: [String]?
    /// Whether all traffic to cluster IPs is masqueraded.
    package var masqueradeAll: Bool?
    /// Whether node ports are served at 127.0.0.1 too, in iptables mode.
    package var localhostNodePorts: Bool?
    /// Whose flows to endpoints that are gone are ended.
    package var conntrackCleanup: ConntrackCleanup?
    /// Whether the kernel is told to let TCP packets outside the window pass.
    package var tcpBeLiberal: Bool?
    /// The bit of the packet mark that asks for masquerading.
    package var masqueradeBit: Int?
    /// The API server's: outside these blocks no cluster IPs are served.
    package var serviceClusterIPRange: FamilyBlocks?
    /// The API server's: outside this range no node ports are served.
    package var serviceNodePortRange: PortRange?
    /// How long after a sync the next change is held back.
    package var minSyncPeriod: GoDuration?
    /// How long after a failed sync it is tried again.
    package var syncPeriod: GoDuration?
    /// How much is logged, in klog's levels.
    package var verbosity: UInt32?
    /// What a line of the log looks like.
    package var logFormat: LogFormat?

    /// A layer in which nothing was said.
    package init(_ origin: Origin) { self.origin = origin }

    /// What holds if nothing else is said. A setting that is nil here has no value then.
    package static let defaults: ConfigurationLayer = {
        var layer = ConfigurationLayer(.defaults)
        layer.proxyMode = .nftables
        layer.hostnameOverride = ""
        layer.detectLocalMode = .clusterCIDR
        layer.clusterCIDR = ""
        layer.podBridgeInterface = ""
        layer.podInterfaceNamePrefix = ""
        layer.nodePortAddresses = []
        layer.masqueradeAll = false
        layer.localhostNodePorts = true
        layer.conntrackCleanup = .udp
        layer.tcpBeLiberal = false
        layer.masqueradeBit = 14
        layer.minSyncPeriod = GoDuration(.zero)
        layer.syncPeriod = GoDuration(.seconds(30))
        layer.verbosity = 0
        layer.logFormat = .text
        return layer
    }()
}
