import ArgumentParser
package import ProxyConfiguration

/// Flags of the API server's, which a proxy without one needs to tell what it would never have given.
struct AllocationRanges: ParsableArguments {
    @Option(
        name: .customLong("service-cluster-ip-range"),
        help: ArgumentHelp(
            """
            The API server's: cluster IPs outside these blocks, one per family, separated by a comma, are not served. \
            (default: any are)
            """, valueName: "blocks"))
    var clusterIPs: FamilyBlocks?

    @Option(
        name: .customLong("service-node-port-range"),
        help: ArgumentHelp(
            """
            The API server's, such as 30000-32767: node ports and health check node ports outside are not served. \
            (default: any are)
            """, valueName: "ports"))
    var nodePorts: PortRange?
}

extension FamilyBlocks: ExpressibleByArgument {
    /// At least one block: an empty value would let no cluster IP be served.
    package init?(argument: String) {
        if argument.isEmpty { return nil }
        self.init(argument)
    }
}

extension PortRange: ExpressibleByArgument {
    /// As ``init(_:)``.
    package init?(argument: String) { self.init(argument) }
}
