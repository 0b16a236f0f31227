package import ClusterModel
import Crypto
import IPTables
import NetworkValues
import ProxyPlanning

/// The names of kube-proxy's chains, in one place.
package enum IPTablesNames {
    static let services = "KUBE-SERVICES"
    static let externalServices = "KUBE-EXTERNAL-SERVICES"
    static let nodePorts = "KUBE-NODEPORTS"
    static let postrouting = "KUBE-POSTROUTING"
    static let markMasquerade = "KUBE-MARK-MASQ"
    static let forward = "KUBE-FORWARD"
    static let proxyFirewall = "KUBE-PROXY-FIREWALL"
    static let firewall = "KUBE-FIREWALL"
    /// An empty chain, by whose absence kube-proxy sees that somebody has flushed everything.
    static let canary = "KUBE-PROXY-CANARY"

    /// The accounting object in which dropped packets are counted that connection tracking finds invalid.
    static let invalidPackets = "ct_state_invalid_dropped_pkts"
    /// The accounting object in which packets to node ports at 127.0.0.0/8 are counted.
    static let localhostNodePortPackets = "localhost_nps_accepted_pkts"

    /// The accounting objects that rules may name, if the node counts packets in some.
    package static let accountingObjects = [invalidPackets, localhostNodePortPackets]

    /// The chains in which each Service has rules.
    package static let sharedChains = [services, externalServices, nodePorts, proxyFirewall]

    /// Whether a chain of this name belongs to a Service, or once did: KUBE-XLB is what KUBE-EXT was called before
    /// Kubernetes 1.24.
    package static func isServiceChain(_ name: String) -> Bool {
        ["KUBE-SVC-", "KUBE-SVL-", "KUBE-SEP-", "KUBE-EXT-", "KUBE-FW-", "KUBE-XLB-"].contains(where: name.hasPrefix)
    }

    /// Whether a chain of this name is ours and nobody else's: KUBE-FIREWALL is the kubelet's too.
    package static func isOurs(_ name: String) -> Bool {
        isServiceChain(name)
            || [
                services, externalServices, nodePorts, postrouting, markMasquerade, forward, proxyFirewall, canary,
            ].contains(name)
    }

    /// The Service that a rule of a shared chain is of, as in `default/web` of `default/web:http cluster IP`.
    ///
    /// - Returns: nil if the comment is none of a Service.
    package static func service(inComment comment: String) -> NamespacedName? {
        let name = comment.prefix { $0 != ":" && $0 != " " }.split(separator: "/", omittingEmptySubsequences: false)
        guard name.count == 2, !name[0].isEmpty, !name[1].isEmpty else { return nil }
        return NamespacedName(String(name[0]), String(name[1]))
    }

    /// The chains of a Service port, named by kube-proxy's hash of its printed name and protocol.
    struct ServiceChains {
        /// The endpoints for traffic policy Cluster.
        let cluster: String
        /// The endpoints for traffic policy Local.
        let local: String
        /// Traffic from outside the cluster.
        let external: String
        /// The sources that a load balancer allows.
        let firewall: String

        /// What the hash of each endpoint begins with.
        private let port: String

        init(_ port: ServicePortName) {
            let text = "\(port)\(port.transportProtocol)"
            self.port = text
            let hash = IPTablesNames.hash(text)
            cluster = "KUBE-SVC-\(hash)"
            local = "KUBE-SVL-\(hash)"
            external = "KUBE-EXT-\(hash)"
            firewall = "KUBE-FW-\(hash)"
        }

        /// The chain of a list of endpoints.
        func endpoints(_ list: EndpointList) -> String {
            switch list {
            case .cluster: cluster
            case .local: local
            }
        }

        /// The chain of an endpoint, which is also the name of its list of clients.
        func endpoint(_ endpoint: SocketAddress) -> String {
            "KUBE-SEP-\(IPTablesNames.hash(port + endpoint.description))"
        }
    }

    /// The first 16 characters of the SHA-256 in base32 (RFC 4648), as in kube-proxy's `portProtoHash`.
    private static func hash(_ text: String) -> String {
        var text = text
        let digest = text.withUTF8 { bytes in
            var function = SHA256()
            function.update(bufferPointer: UnsafeRawBufferPointer(bytes))
            return function.finalize()
        }
        return String(unsafeUninitializedCapacity: 16) { name in
            var count = 0
            var bits: UInt64 = 0
            var bitCount = 0
            // Ten bytes are sixteen characters of five bits.
            for byte in digest.prefix(10) {
                bits = bits << 8 | UInt64(byte)
                bitCount += 8
                while bitCount >= 5 {
                    bitCount -= 5
                    let digit = UInt8(truncatingIfNeeded: bits >> UInt64(bitCount) & 31)
                    name[count] = digit < 26 ? UInt8(ascii: "A") + digit : UInt8(ascii: "2") + digit - 26
                    count += 1
                }
            }
            return count
        }
    }
}
