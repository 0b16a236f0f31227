import ArgumentParser
import ClusterModel
import Glibc
import NetfilterKernel
import NetworkValues
package import ProxyDaemon
import ProxyPlanning
import RuleCompilers

/// Where the state is.
struct StateOptions: ParsableArguments {
    @Option(
        name: .customLong("state"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            """
            A directory of *.json files, one file, a named pipe, or - for standard input. May be repeated: all of them make \
            one state.
            """, valueName: "path"))
    var paths: [String]

    func validate() throws {
        guard Set(paths).count == paths.count else { throw ValidationError("--state: a path is given twice") }
    }
}

/// What decides the rules, and when they are made. The names and meanings are kube-proxy's.
struct ProxyOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The kind of rules.", valueName: "mode"))
    var proxyMode: ProxyMode = .nftables

    @Option(
        help: ArgumentHelp(
            "This node's name, as the cluster knows it. (default: the host name)", valueName: "name"))
    var hostnameOverride = ""

    @Option(
        help: ArgumentHelp(
            """
            How traffic from the cluster's own pods is told from other traffic: ClusterCIDR, NodeCIDR, BridgeInterface or \
            InterfaceNamePrefix. (default: ClusterCIDR)
            """, valueName: "mode"),
        transform: parseDetectLocalMode)
    var detectLocalMode = DetectLocalMode.clusterCIDR

    @Option(
        name: .customLong("cluster-cidr"),
        help: ArgumentHelp(
            """
            The addresses of the cluster's pods for --detect-local-mode ClusterCIDR, one block per family, separated by a \
            comma.
            """, valueName: "blocks"))
    var clusterCIDR = ""

    @Option(
        help: ArgumentHelp("The bridge of the pods, for --detect-local-mode BridgeInterface.", valueName: "name"))
    var podBridgeInterface = ""

    @Option(
        help: ArgumentHelp(
            "How the names of the pods' interfaces begin, for --detect-local-mode InterfaceNamePrefix.",
            valueName: "prefix"))
    var podInterfaceNamePrefix = ""

    @Option(
        name: .customLong("nodeport-addresses"),
        help: ArgumentHelp(
            """
            The blocks in which the machine's addresses serve node ports, or primary: this node's own. May be repeated, or \
            take several with commas between them. (default: all addresses in iptables mode, primary in nftables mode)
            """, valueName: "blocks"))
    var nodePortAddresses: [String] = []

    @Option(help: ArgumentHelp("Masquerade all traffic to cluster IPs.", valueName: "bool"))
    var masqueradeAll = GoBoolean(false)

    @Option(
        name: .customLong("iptables-localhost-nodeports"),
        help: ArgumentHelp("Serve node ports at 127.0.0.1 too, in iptables mode.", valueName: "bool"))
    var localhostNodePorts = GoBoolean(true)

    @Option(
        help: ArgumentHelp(
            "Whose flows to endpoints that are gone are ended: udp, which would have no end, or all, TCP and SCTP too.",
            valueName: "which"))
    var conntrackCleanup = ConntrackCleanup.udp

    @Option(
        name: .customLong("conntrack-tcp-be-liberal"),
        help: ArgumentHelp(
            "Let TCP packets outside the window pass connection tracking (net.netfilter.nf_conntrack_tcp_be_liberal).",
            valueName: "bool"))
    var tcpBeLiberal = GoBoolean(false)

    @Option(
        name: .customLong("iptables-masquerade-bit"),
        help: ArgumentHelp(
            "The bit of the packet mark that asks for masquerading, 0 to 31, in either mode.", valueName: "bit"))
    var masqueradeBit = 14

    @OptionGroup var ranges: AllocationRanges
    @OptionGroup var periods: SyncPeriods
    @OptionGroup var log: LogOptions
    @OptionGroup var foreign: IgnoredFlags

    mutating func validate() throws {
        guard !nodeName.isEmpty else {
            throw ValidationError("--hostname-override: must not be blank")
        }
        guard (0...31).contains(masqueradeBit) else {
            throw ValidationError("--iptables-masquerade-bit: must be between 0 and 31, inclusive")
        }
        guard NodePortAddressList(nodePortAddresses) != nil else {
            throw ValidationError("--nodeport-addresses: must be blocks such as 192.0.2.0/24, or primary alone")
        }
        switch detectLocalMode {
        case .clusterCIDR:
            guard ClusterCIDRs(clusterCIDR) != nil else {
                throw ValidationError(
                    "--cluster-cidr: must be a block such as 10.64.0.0/16, or two of different families with a comma "
                        + "between them, not \"\(clusterCIDR)\"")
            }
        case .nodeCIDR: break
        case .bridgeInterface: try validate(podBridgeInterface, "--pod-bridge-interface", lengthMax: 15)
        case .interfaceNamePrefix: try validate(podInterfaceNamePrefix, "--pod-interface-name-prefix", lengthMax: 14)
        }
    }

    private func validate(_ name: String, _ option: String, lengthMax: Int) throws {
        guard (1...lengthMax).contains(name.utf8.count), name.allSatisfy({ !"/\"*+".contains($0) && !$0.isWhitespace })
        else {
            throw ValidationError("\(option): must be an interface name of at most \(lengthMax) bytes, not \"\(name)\"")
        }
    }

    var settings: ProxySettings { settings(for: proxyMode) }

    /// What is decided for rules of this mode, whichever is asked for.
    func settings(for mode: ProxyMode) -> ProxySettings {
        let nodePorts = NodePortAddressList(nodePortAddresses)
        return ProxySettings(
            nodeName: nodeName, families: Sysctl.families, detectLocalMode: detectLocalMode,
            clusterCIDRs: detectLocalMode == .clusterCIDR ? ClusterCIDRs(clusterCIDR)?.prefixes ?? [] : [],
            bridgeInterface: podBridgeInterface, interfaceNamePrefix: podInterfaceNamePrefix,
            masqueradeAll: masqueradeAll.value, nodePortAddresses: nodePorts?.blocks ?? [],
            nodePortDefault: nodePorts?.isPrimary == true || mode == .nftables ? .primary : .all,
            localhostNodePorts: localhostNodePorts.value, endedFlows: conntrackCleanup.protocols,
            serviceClusterIPRanges: ranges.clusterIPs?.prefixes ?? [],
            serviceNodePortRange: ranges.nodePorts?.ports)
    }

    /// How rules of this mode are written.
    func ruleSettings(for mode: ProxyMode) -> RuleSettings {
        RuleSettings(
            masqueradeMark: 1 << UInt32(masqueradeBit), dropsInvalid: !(tcpBeLiberal.value || isTCPLiberal()),
            localhostNodePorts: localhostNodePorts.value, usesAccounting: mode == .iptables && offersAccounting())
    }

    /// What may not be meant, of which kube-proxy warns at its start too.
    static func warnings(of settings: ProxySettings) -> [Diagnostic] {
        let families = Set(settings.nodePortAddresses.map(\.family))
        if families.isEmpty, settings.nodePortDefault == .all {
            let message = "--nodeport-addresses is not given, so node ports are served at all addresses of this machine"
            return [Diagnostic(.warning, message)]
        }
        guard families.count == 1, Set(settings.clusterCIDRs.map(\.family)).count == 2 else { return [] }
        let message = "--nodeport-addresses has blocks of one family alone, --cluster-cidr of both"
        return [Diagnostic(.warning, message)]
    }

    /// As kube-proxy takes it: without white space around it, in lower case.
    private var nodeName: String {
        let name = hostnameOverride.isEmpty ? hostName() : hostnameOverride
        guard let end = name.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return name[...end].drop(while: \.isWhitespace).lowercased()
    }
}

extension ProxyMode: ExpressibleByArgument {}

/// Nothing is the default, as in kube-proxy.
private func parseDetectLocalMode(_ text: String) throws -> DetectLocalMode {
    if text.isEmpty { return .clusterCIDR }
    guard let mode = DetectLocalMode(rawValue: text) else {
        throw ValidationError("must be one of \(DetectLocalMode.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return mode
}

/// The value of `--cluster-cidr`.
struct ClusterCIDRs {
    let prefixes: [IPPrefix]

    /// At most one block per family.
    init?(_ text: String) {
        let parts = text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false)
        let prefixes = parts.compactMap { IPPrefix($0) }
        guard prefixes.count == parts.count, Set(prefixes.map(\.family)).count == prefixes.count else { return nil }
        self.prefixes = prefixes
    }
}

/// The value of `--conntrack-cleanup`.
enum ConntrackCleanup: String, ExpressibleByArgument, CaseIterable {
    case udp
    case all

    var protocols: Set<TransportProtocol> { self == .udp ? [.udp] : Set(TransportProtocol.allCases) }
}

/// All values of `--nodeport-addresses`.
struct NodePortAddressList {
    let blocks: [IPPrefix]
    let isPrimary: Bool

    /// Blocks, or the word `primary` alone.
    init?(_ values: [String]) {
        let parts = values.filter { !$0.isEmpty }.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
        isPrimary = parts == ["primary"]
        blocks = isPrimary ? [] : parts.compactMap { IPPrefix($0.trimmingPrefix(" ")) }
        guard isPrimary || blocks.count == parts.count else { return nil }
    }
}

private func hostName() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
