import ClusterModel
package import NetworkValues

/// What the user decided about names.
package struct DiscoverySettings: Hashable, Sendable {
    /// The zone of the cluster, `cluster.local`.
    package var clusterDomain: DNSName
    /// How long an answer may be kept, in seconds.
    package var ttl: UInt32
    /// Where the server is that serves the zones.
    package var serverAddresses: [IPAddress]
    /// The blocks that are reverse zones even while they are empty, and in the place of those that are chosen otherwise.
    package var reverseBlocks: [IPPrefix]

    /// What CoreDNS takes if nothing is said.
    package static let defaultTTL: UInt32 = 5

    package init(
        clusterDomain: DNSName = DNSName(known: "cluster.local"), ttl: UInt32 = defaultTTL,
        serverAddresses: [IPAddress] = [.loopback(.ipv4)], reverseBlocks: [IPPrefix] = []
    ) {
        self.clusterDomain = clusterDomain
        self.ttl = ttl
        self.serverAddresses = serverAddresses
        self.reverseBlocks = reverseBlocks
    }

    /// How long the cluster's zone may be called, so that there is room for the names in it.
    package static let clusterDomainBytesMax = 120

    /// Whether a zone of this name can be served: one in which addresses may have names, and which is no reverse zone.
    package static func isClusterDomain(_ name: DNSName) -> Bool {
        let labels = name.text.split(separator: ".")
        return name.text.utf8.count <= clusterDomainBytesMax && labels.last != "arpa"
            && labels.allSatisfy { NameRule.label.problem(String($0)) == nil }
    }

    /// Whom to write to about a zone, as a SOA record has it.
    var mailbox: DNSName { clusterDomain.below("hostmaster") }

    /// The version of the specification that the records are of.
    static let schemaVersion = "1.1.0"
    /// That record never changes; CoreDNS lets it be kept for eight hours.
    static let schemaVersionTTL: UInt32 = 28800
    /// The name of the name server below the cluster's zone.
    static let serverName = "ns.dns"
    /// The same below a reverse zone.
    static let reverseServerName = "ns"
}
