import NetworkValues
import NFTables
import ProxyPlanning

/// What becomes of connections that no endpoint takes.
///
/// They are checked after DNAT, in the hooks where packets enter: prerouting, before routing can fail for lack of a
/// route to the cluster IP, and output. A packet that got an endpoint does not have the frontend's address any more.
enum NFTablesRejects {
    /// The kernel can reject in prerouting since 5.9 (`nft_reject_validate`).
    ///
    /// - Parameter nodePorts: what tells packets to node ports from others.
    static func chains(_ family: IPFamily, nodePorts: [Statement]) -> [Chain] {
        let nodePort = Statement.verdictMap(NFTablesNames.nodePortKey, map: NFTablesNames.undeliverableNodePorts)
        // ct state new goto cluster-ip-check
        let enter = Rule(.matchNewConnection, .verdict(.goto(NFTablesNames.clusterIPCheck)))
        return [
            Chain(
                NFTablesNames.rejectConnection,
                rules: [
                    // A socket that is busy sending its SYN loses the ICMP message that answers it on the spot, as on the
                    // way from a pod of this node, and hears nothing before its next SYN, a second later
                    // (`sock_owned_by_user` in `tcp_v4_err`); and a host gets one such message a second
                    // (`icmp_ratelimit`). A reset is never lost.
                    // meta l4proto tcp reject with tcp reset
                    Rule(.matchProtocol(.tcp), .rejectWithReset),
                    // reject
                    Rule(.reject),
                ]),
            Chain(
                NFTablesNames.clusterIPCheck,
                rules: [
                    // ip daddr . meta l4proto . th dport vmap @undeliverable
                    Rule(.verdictMap(NFTablesNames.frontendKey(family), map: NFTablesNames.undeliverable)),
                    // fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @undeliverable-node-ports
                    Rule(nodePorts + [nodePort]),
                    // ip daddr @cluster-ips goto reject-connection
                    Rule(
                        .lookup([.destinationAddress(family)], set: NFTablesNames.clusterIPs),
                        .verdict(.goto(NFTablesNames.rejectConnection)),
                        comment: "no Service has this port of its cluster IP"),
                ]),
            Chain(NFTablesNames.filterPrerouting, hook: BaseHook(.filter, .prerouting, priority: -90), rules: [enter]),
            Chain(NFTablesNames.filterOutput, hook: BaseHook(.filter, .output, priority: -90), rules: [enter]),
        ]
    }

    /// Whoever may not use a frontend is dropped before it gets an endpoint, be there one or not.
    static func sourceChecks(_ family: IPFamily) -> [Chain] {
        // ct state new ip daddr . meta l4proto . th dport vmap @restricted
        let rule = Rule(
            .matchNewConnection,
            .verdictMap(NFTablesNames.frontendKey(family), map: NFTablesNames.restricted))
        return [
            Chain(
                NFTablesNames.sourcesPrerouting, hook: BaseHook(.filter, .prerouting, priority: -110), rules: [rule]),
            Chain(NFTablesNames.sourcesOutput, hook: BaseHook(.filter, .output, priority: -110), rules: [rule]),
        ]
    }

    /// What is addressed to a cluster IP that no Service has goes nowhere, as in kube-proxy: whatever a Service has is
    /// translated or refused by then. Addresses of the node itself in these blocks can be reached from outside.
    ///
    /// - Parameter blocks: Those of the ServiceCIDRs.
    static func unallocated(_ blocks: [IPPrefix]) -> [Chain] {
        if blocks.isEmpty { return [] }
        // ct state new goto unallocated
        let enter = Rule(.matchNewConnection, .verdict(.goto(NFTablesNames.unallocated)))
        return [
            Chain(
                NFTablesNames.unallocated,
                // ip daddr 10.96.0.0/12 drop
                rules: blocks.map { Rule(.matchDestination($0, isNegated: false), .verdict(.drop)) }),
            Chain(NFTablesNames.unallocatedForward, hook: BaseHook(.filter, .forward, priority: 0), rules: [enter]),
            Chain(NFTablesNames.unallocatedOutput, hook: BaseHook(.filter, .output, priority: 0), rules: [enter]),
        ]
    }

    /// Lets these sources pass, and no others.
    static func sources(_ port: ServicePortName, _ allowed: [IPPrefix]) -> Chain {
        Chain(
            NFTablesNames.sourcesChain(port),
            // ip saddr 203.0.113.0/24 return
            rules: allowed.map { Rule(.matchSource($0, isNegated: false), .verdict(.return)) }
                + [Rule(.verdict(.drop))])
    }

    /// The verdict for a frontend without usable endpoints; nil if it has some.
    static func verdict(for action: FrontendAction) -> Verdict? {
        switch action {
        case .balance: nil
        case .reject: .goto(NFTablesNames.rejectConnection)
        case .drop: .drop
        }
    }
}
