import ClusterModel
package import NetworkValues
package import NFTables
import ProxyPlanning

/// The names of everything in Switchyard's tables, and the types of its sets and maps, in one place.
package enum NFTablesNames {
    /// The table of a family: `ip switchyard` or `ip6 switchyard`. Nothing outside the two is touched.
    package static func table(_ family: IPFamily) -> TableID { TableID(family, "switchyard") }

    static let tableComment = "Kubernetes Services, kept by switchyard"

    static let services = "services"
    static let backends = "backends"
    static let stickyBackends = "sticky-backends"
    static let undeliverable = "undeliverable"
    static let nodePorts = "node-ports"
    static let nodePortBackends = "node-port-backends"
    static let stickyNodePortBackends = "sticky-node-port-backends"
    static let undeliverableNodePorts = "undeliverable-node-ports"
    static let nodeAddresses = "node-addresses"
    static let restricted = "restricted"
    static let clusterIPs = "cluster-ips"
    static let hairpins = "hairpins"

    static let natPrerouting = "nat-prerouting"
    static let natOutput = "nat-output"
    static let natPostrouting = "nat-postrouting"
    static let filterPrerouting = "filter-prerouting"
    static let filterOutput = "filter-output"
    static let sourcesPrerouting = "sources-prerouting"
    static let sourcesOutput = "sources-output"
    static let masqueradeMarked = "masquerade-marked"
    static let clusterIPCheck = "cluster-ip-check"
    static let rejectConnection = "reject-connection"
    static let unallocated = "unallocated"
    static let unallocatedForward = "unallocated-forward"
    static let unallocatedOutput = "unallocated-output"

    /// `ip daddr . meta l4proto . th dport`: what a packet is addressed to.
    static func frontendKey(_ family: IPFamily) -> [Expression] {
        [.destinationAddress(family), .transportProtocol, .destinationPort]
    }

    /// `meta l4proto . th dport`: the same for a node port, whatever the address.
    static let nodePortKey: [Expression] = [.transportProtocol, .destinationPort]

    /// The most endpoints that a frontend can have, in both of its lists.
    static let slotsMax = 65536

    /// `affinity-default/web/tcp/http`: which endpoint each client of a sticky port has. An unnamed port leaves the
    /// slash at the end.
    static func affinityMap(_ port: ServicePortName) -> String { "affinity-\(path(port))" }

    /// `affinity-default/web/tcp/http__8080`: the same for those whose endpoints have this port.
    static func affinityMap(_ port: ServicePortName, endpointPort: UInt16) -> String {
        "\(affinityMap(port))__\(endpointPort)"
    }

    /// `endpoint-default/web/tcp/http__10.0.0.1/80`. Colons of an IPv6 address become dots, as in kube-proxy's names,
    /// since `nft` allows none. At most 252 bytes, of the kernel's 255 (`NFT_NAME_MAXLEN`).
    static func endpointChain(_ port: ServicePortName, _ endpoint: SocketAddress) -> String {
        "endpoint-\(path(port, endpoint))"
    }

    /// `affinity-default/web/tcp/http__10.0.0.1/80`: the clients of an endpoint of a port with both lists in use.
    static func clientSet(_ port: ServicePortName, _ endpoint: SocketAddress) -> String {
        "affinity-\(path(port, endpoint))"
    }

    /// `recall/default/web/tcp/http`, `recall-node-port-local/...`: finds the endpoint of a client, or picks one. The slash
    /// keeps parts and namespaces apart.
    static func recallChain(_ port: ServicePortName, _ lookup: NFTablesLookup, _ parts: [String]) -> String {
        let words = ["recall"] + (lookup == .nodePort ? ["node-port"] : []) + parts
        return "\(words.joined(separator: "-"))/\(path(port))"
    }

    /// `sources-default/web`: from where the Service's load balancer takes connections.
    static func sourcesChain(_ port: ServicePortName) -> String { "sources-\(port.service)" }

    private static func path(_ port: ServicePortName, _ endpoint: SocketAddress) -> String {
        let address = String(endpoint.address.description.map { $0 == ":" ? "." : $0 })
        return "\(path(port))__\(address)/\(endpoint.port)"
    }

    private static func path(_ port: ServicePortName) -> String {
        "\(port.service)/\(port.transportProtocol)/\(port.port)"
    }

    /// The longest prefix of a text that is a comment's length (`NFTNL_UDATA_COMMENT_MAXLEN`, with its NUL byte).
    static func comment(_ text: String) -> String {
        text.utf8.count < 128 ? text : String(decoding: text.utf8.prefix(127), as: UTF8.self)
    }
}
