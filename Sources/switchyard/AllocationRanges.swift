import ArgumentParser
import NetworkValues

/// Flags of the API server's, which a proxy without one needs to tell what it would never have given.
struct AllocationRanges: ParsableArguments {
    @Option(
        name: .customLong("service-cluster-ip-range"),
        help: ArgumentHelp(
            """
            The API server's: cluster IPs outside these blocks, one per family, separated by a comma, are not served. \
            (default: any are)
            """, valueName: "blocks"))
    var clusterIPs: ServiceBlocks?

    @Option(
        name: .customLong("service-node-port-range"),
        help: ArgumentHelp(
            """
            The API server's, such as 30000-32767: node ports and health check node ports outside are not served. \
            (default: any are)
            """, valueName: "ports"))
    var nodePorts: PortRange?
}

/// The value of `--service-cluster-ip-range`.
struct ServiceBlocks: ExpressibleByArgument {
    let prefixes: [IPPrefix]

    init?(argument: String) {
        guard let prefixes = ClusterCIDRs(argument)?.prefixes, !prefixes.isEmpty else { return nil }
        self.prefixes = prefixes
    }
}

/// The value of `--service-node-port-range`: `30000-32767`, `30000+2767` or `30000` (`utilnet.ParsePortRange`).
struct PortRange: ExpressibleByArgument {
    let ports: ClosedRange<UInt16>

    init?(argument: String) {
        let parts = argument.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "-" || $0 == "+" }
        guard let first = UInt16(parts[0]), let number = UInt16(parts[parts.count - 1]), first > 0 else { return nil }
        let last = argument.contains("+") ? Int(first) + Int(number) : Int(number)
        guard last >= first, last <= UInt16.max else { return nil }
        ports = first...UInt16(last)
    }
}
