public import ArgumentParser
import Glibc
import NetworkValues
public import ProxyDaemon
import ProxyPlanning

/// Where the state is.
struct StateOptions: ParsableArguments {
    @Option(
        name: .customLong("state"),
        help: "A directory of *.json files, one file, or - for standard input.")
    var path: String
}

/// What decides the rules. The names and meanings are kube-proxy's.
struct ProxyOptions: ParsableArguments {
    @Option(help: "The kind of rules: nftables or iptables.")
    var proxyMode: ProxyMode = .nftables

    @Option(help: "This node's name, as the cluster knows it. (default: the host name)")
    var hostnameOverride: String?

    @Option(
        help: """
            How traffic from the cluster's own pods is told from other traffic: ClusterCIDR, NodeCIDR, BridgeInterface or \
            InterfaceNamePrefix.
            """,
        transform: parseDetectLocalMode)
    var detectLocalMode = DetectLocalMode.clusterCIDR

    @Option(
        name: .customLong("cluster-cidr"),
        help: "The addresses of the cluster's pods, one block per family, separated by a comma.")
    var clusterCIDR: ClusterCIDRs?

    @Option(help: "The bridge of the pods, for --detect-local-mode BridgeInterface.")
    var podBridgeInterface = ""

    @Option(help: "How the names of the pods' interfaces begin, for --detect-local-mode InterfaceNamePrefix.")
    var podInterfaceNamePrefix = ""

    @Option(
        name: .customLong("nodeport-addresses"),
        help: """
            The blocks in which the machine's addresses serve node ports, separated by commas, or primary: this node's own. \
            (default: all addresses in iptables mode, primary in nftables mode)
            """)
    var nodePortAddresses: NodePortAddressOption?

    @Flag(help: "Masquerade all traffic to cluster IPs.")
    var masqueradeAll = false

    @Option(
        name: .customLong("iptables-localhost-nodeports"),
        help: "Serve node ports at 127.0.0.1 too, in iptables mode: true or false.")
    var localhostNodePorts = true

    @Option(
        help: """
            Whose flows to endpoints that are gone are ended: udp, which would have no end, or all, TCP and SCTP too.
            """)
    var conntrackCleanup = ConntrackCleanup.udp

    @Flag(
        name: .customLong("conntrack-tcp-be-liberal"),
        help: "Let TCP packets outside the window pass connection tracking (net.netfilter.nf_conntrack_tcp_be_liberal)."
    )
    var tcpBeLiberal = false

    @Option(
        name: .customLong("iptables-masquerade-bit"),
        help: "The bit of the packet mark that asks for masquerading, 0 to 31, in either mode.")
    var masqueradeBit = 14

    mutating func validate() throws {
        guard (0...31).contains(masqueradeBit) else {
            throw ValidationError("--iptables-masquerade-bit: must be between 0 and 31, inclusive")
        }
        if detectLocalMode == .bridgeInterface {
            try validate(podBridgeInterface, "--pod-bridge-interface", lengthMax: 15)
        }
        if detectLocalMode == .interfaceNamePrefix {
            try validate(podInterfaceNamePrefix, "--pod-interface-name-prefix", lengthMax: 14)
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
        ProxySettings(
            nodeName: nodeName, detectLocalMode: detectLocalMode, clusterCIDRs: clusterCIDR?.prefixes ?? [],
            bridgeInterface: podBridgeInterface, interfaceNamePrefix: podInterfaceNamePrefix,
            masqueradeAll: masqueradeAll, nodePortAddresses: nodePortAddresses?.blocks ?? [],
            nodePortDefault: nodePortAddresses?.isPrimary == true || mode == .nftables ? .primary : .all,
            localhostNodePorts: localhostNodePorts, endedFlows: conntrackCleanup.protocols,
            tcpBeLiberal: tcpBeLiberal || Sysctl.isTCPLiberal,
            usesAccounting: mode == .iptables && offersAccounting(),
            masqueradeBit: masqueradeBit)
    }

    /// As kube-proxy takes it: without white space around it, in lower case.
    private var nodeName: String {
        let name = hostnameOverride ?? hostName()
        return name.split(whereSeparator: \.isWhitespace).joined().lowercased()
    }
}

extension ProxyMode: ExpressibleByArgument {}

private func parseDetectLocalMode(_ text: String) throws -> DetectLocalMode {
    guard let mode = DetectLocalMode(rawValue: text) else {
        throw ValidationError("must be one of \(DetectLocalMode.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return mode
}

/// The value of `--cluster-cidr`.
struct ClusterCIDRs: ExpressibleByArgument {
    let prefixes: [IPPrefix]

    /// At most one block per family.
    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
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

/// The value of `--nodeport-addresses`.
struct NodePortAddressOption: ExpressibleByArgument {
    let blocks: [IPPrefix]
    let isPrimary: Bool

    init?(argument: String) {
        isPrimary = argument == "primary"
        let isEmpty = isPrimary || argument.isEmpty
        let parts = isEmpty ? [] : argument.split(separator: ",", omittingEmptySubsequences: false)
        blocks = parts.compactMap { IPPrefix($0.trimmingPrefix(" ")) }
        guard blocks.count == parts.count else { return nil }
    }
}

private func hostName() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
