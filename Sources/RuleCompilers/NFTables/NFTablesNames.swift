import ClusterModel
public import NFTables
public import NetworkValues
import ProxyPlanning

/// The names of everything in Switchyard's tables, and the types of its sets and maps, in one place.
public enum NFTablesNames {
    /// The table of a family: `ip switchyard` or `ip6 switchyard`. Nothing outside the two is touched.
    public static func table(_ family: IPFamily) -> TableID { TableID(family, "switchyard") }

    static let tableComment = "Kubernetes Services, kept by switchyard"

    static let services = "services"
    static let backends = "backends"
    static let stickyBackends = "sticky-backends"
    static let undeliverable = "undeliverable"
    static let clusterIPs = "cluster-ips"
    static let hairpins = "hairpins"

    static let natPrerouting = "nat-prerouting"
    static let natOutput = "nat-output"
    static let natPostrouting = "nat-postrouting"
    static let filterPrerouting = "filter-prerouting"
    static let filterOutput = "filter-output"
    static let masqueradeMarked = "masquerade-marked"
    static let clusterIPCheck = "cluster-ip-check"
    static let rejectConnection = "reject-connection"

    /// `ip daddr . meta l4proto . th dport`: what a packet is addressed to.
    static func frontendKey(_ family: IPFamily) -> [Expression] {
        [.destinationAddress(family), .transportProtocol, .destinationPort]
    }

    /// The frontend, and a number below the given one: which of its endpoints.
    static func slotKey(_ family: IPFamily, modulus: Int) -> [Expression] {
        frontendKey(family) + [.randomNumber(modulus: UInt32(modulus))]
    }

    /// The most endpoints that a frontend can have.
    static let slotsMax = 65536

    /// `pick-3`, `pick-3-masquerade-off-cluster`, `sticky-3`: all frontends with as many endpoints, treated alike.
    static func group(isSticky: Bool, endpointCount: Int, _ masquerading: Masquerading) -> String {
        let treatment =
            switch masquerading {
            case .never: ""
            case .offCluster: "-masquerade-off-cluster"
            case .always: "-masquerade"
            }
        return "\(isSticky ? "sticky" : "pick")-\(endpointCount)\(treatment)"
    }

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
        let address = String(endpoint.address.description.map { $0 == ":" ? "." : $0 })
        return "endpoint-\(path(port))__\(address)/\(endpoint.port)"
    }

    private static func path(_ port: ServicePortName) -> String {
        "\(port.service)/\(port.transportProtocol)/\(port.port)"
    }

    /// The longest prefix of a text that is a comment's length (`NFTNL_UDATA_COMMENT_MAXLEN`, with its NUL byte).
    static func comment(_ text: String) -> String {
        text.utf8.count < 128 ? text : String(decoding: text.utf8.prefix(127), as: UTF8.self)
    }
}
