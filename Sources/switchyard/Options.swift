import ArgumentParser
import ClusterControllers
import ClusterModel
import Logging
import NetworkValues
package import ProxyConfiguration
import ProxyDaemon
import ProxyPlanning

/// Where the state is.
struct StateOptions: ParsableArguments {
    @Option(
        name: .customLong("state"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            """
            A directory of *.yaml, *.yml and *.json files, one file, a named pipe, or - for standard input. May be \
            repeated: all of them make one state.
            """, valueName: "path"))
    var paths: [String]

    @Option(
        help: ArgumentHelp(
            """
            Whether EndpointSlices are made of the Pods that Services select, and of Endpoints: on; strict, exactly as a \
            cluster's controllers do, which leave out Pods without a Node; or off.
            """, valueName: "mode"))
    var controllers = ControllerChoice.on

    func validate() throws {
        guard Set(paths).count == paths.count else { throw ValidationError("--state: a path is given twice") }
    }
}

/// Who makes EndpointSlices.
enum ControllerChoice: String, ExpressibleByArgument, CaseIterable {
    case on
    case strict
    case off

    /// Nil if nobody does.
    var mode: ClusterControllers.Mode? {
        switch self {
        case .on: .on
        case .strict: .strict
        case .off: nil
        }
    }
}

/// What decides the rules, and when they are made. The names and meanings are kube-proxy's.
///
/// Nothing is decided here: what was given becomes a ``ConfigurationLayer``.
struct ProxyOptions: ParsableArguments {
    @Option(help: help("The kind of rules.", \.proxyMode, "mode"))
    var proxyMode: ProxyMode?

    @Option(
        help: ArgumentHelp(
            "This node's name, as the cluster knows it. (default: the host name)", valueName: "name"))
    var hostnameOverride: String?

    @Option(
        help: ArgumentHelp(
            """
            How traffic from the cluster's own pods is told from other traffic: ClusterCIDR, NodeCIDR, BridgeInterface or \
            InterfaceNamePrefix. (default: ClusterCIDR)
            """, valueName: "mode"),
        transform: parseDetectLocalMode)
    var detectLocalMode: DetectLocalMode?

    @Option(
        name: .customLong("cluster-cidr"),
        help: ArgumentHelp(
            """
            The addresses of the cluster's pods for --detect-local-mode ClusterCIDR, one block per family, separated by a \
            comma.
            """, valueName: "blocks"))
    var clusterCIDR: String?

    @Option(
        help: ArgumentHelp("The bridge of the pods, for --detect-local-mode BridgeInterface.", valueName: "name"))
    var podBridgeInterface: String?

    @Option(
        help: ArgumentHelp(
            "How the names of the pods' interfaces begin, for --detect-local-mode InterfaceNamePrefix.",
            valueName: "prefix"))
    var podInterfaceNamePrefix: String?

    @Option(
        name: .customLong("nodeport-addresses"),
        help: ArgumentHelp(
            """
            The blocks in which the machine's addresses serve node ports, or primary: this node's own. May be repeated, or \
            take several with commas between them. (default: all addresses in iptables mode, primary in nftables mode)
            """, valueName: "blocks"))
    var nodePortAddresses: [String] = []

    @Option(help: help("Masquerade all traffic to cluster IPs.", \.masqueradeAll, "bool"))
    var masqueradeAll: GoBoolean?

    @Option(
        name: .customLong("iptables-localhost-nodeports"),
        help: help("Serve node ports at 127.0.0.1 too, in iptables mode.", \.localhostNodePorts, "bool"))
    var localhostNodePorts: GoBoolean?

    @Option(
        help: help(
            """
            Whose flows to endpoints that are gone are ended: udp only, since UDP flows never close, or all, TCP and SCTP too.
            """, \.conntrackCleanup, "which"))
    var conntrackCleanup: ConntrackCleanup?

    @Option(
        name: .customLong("conntrack-tcp-be-liberal"),
        help: help(
            "Let TCP packets outside the window pass connection tracking (net.netfilter.nf_conntrack_tcp_be_liberal).",
            \.tcpBeLiberal, "bool"))
    var tcpBeLiberal: GoBoolean?

    @Option(
        name: .customLong("iptables-masquerade-bit"),
        help: help(
            "The bit of the packet mark that asks for masquerading, 0 to 31, in either mode.", \.masqueradeBit, "bit"))
    var masqueradeBit: Int?

    @OptionGroup var ranges: AllocationRanges
    @OptionGroup var periods: SyncPeriods
    @OptionGroup var log: LogOptions
    @OptionGroup var foreign: IgnoredFlags

    /// Finds out whether the values can be used, which does not depend on how the machine is.
    func validate() throws {
        do {
            _ = try Configuration.resolve([layer], on: MachineFacts(hostName: "node"))
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// What was given, and nothing else.
    var layer: ConfigurationLayer {
        var layer = ConfigurationLayer(.flags)
        layer.proxyMode = proxyMode
        layer.hostnameOverride = hostnameOverride
        layer.detectLocalMode = detectLocalMode
        layer.clusterCIDR = clusterCIDR
        layer.podBridgeInterface = podBridgeInterface
        layer.podInterfaceNamePrefix = podInterfaceNamePrefix
        layer.nodePortAddresses = nodePortAddresses.isEmpty ? nil : nodePortAddresses
        layer.masqueradeAll = masqueradeAll?.value
        layer.localhostNodePorts = localhostNodePorts?.value
        layer.conntrackCleanup = conntrackCleanup
        layer.tcpBeLiberal = tcpBeLiberal?.value
        layer.masqueradeBit = masqueradeBit
        layer.serviceClusterIPRange = ranges.clusterIPs
        layer.serviceNodePortRange = ranges.nodePorts
        layer.minSyncPeriod = periods.minSyncPeriod
        layer.syncPeriod = periods.syncPeriod
        layer.verbosity = log.verbosity
        layer.logFormat = log.loggingFormat
        return layer
    }

    /// What holds on this machine.
    ///
    /// - Parameter mode: The kind of rules; nil for what was asked for.
    func configuration(for mode: ProxyMode? = nil) throws -> Configuration {
        var asked = ConfigurationLayer(.flags)
        asked.proxyMode = mode
        let layers = [layer, asked]
        return try Configuration.resolve(layers, on: .ofThisMachine(for: Configuration.mode(of: layers)))
    }
}

/// With the default at its end, as the argument parser has it.
func help<Value>(
    _ text: String, _ setting: KeyPath<ConfigurationLayer, Value?>, _ valueName: String
) -> ArgumentHelp {
    let value = ConfigurationLayer.defaults[keyPath: setting].map { " (default: \($0))" }
    return ArgumentHelp(text + (value ?? ""), valueName: valueName)
}

extension ProxyMode: ExpressibleByArgument {}
extension ConntrackCleanup: ExpressibleByArgument {}

/// Nothing is the default, as in kube-proxy.
private func parseDetectLocalMode(_ text: String) throws -> DetectLocalMode {
    if text.isEmpty { return .clusterCIDR }
    guard let mode = DetectLocalMode(rawValue: text) else {
        throw ValidationError("must be one of \(DetectLocalMode.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return mode
}
