import NetworkValues
import NFTables
import ProxyPlanning

/// The part of a table that does not depend on the Services: its sets and maps, still empty, and its fixed chains.
enum NFTablesFrame {
    static func fragment(_ family: IPFamily, _ context: RuleContext, serviceCIDRs: [IPPrefix]) -> Fragment {
        let view = context.view
        var fragment = Fragment()
        fragment.sets = sets(family)
        fragment.chains =
            NFTablesRejects.sourceChecks(family) + dispatch(family, view)
            + NFTablesRejects.chains(family, nodePorts: nodePort(family, view))
            + NFTablesRejects.unallocated(serviceCIDRs.filter { $0.family == family })
            + NFTablesMasquerade.chains(family, mark: context.settings.masqueradeMark)
        if case .only(let all)? = view.nodePortAddresses[family] {
            let addresses = all.filter { !$0.isLoopback }
            if !addresses.isEmpty {
                fragment.elements = [
                    SetElements(NFTablesNames.nodeAddresses, addresses.map { Element(Tuple(.address($0))) })
                ]
            }
        }
        return fragment
    }

    static func sets(_ family: IPFamily) -> [SetDeclaration] {
        typealias Names = NFTablesNames
        let number = Expression.randomNumber(modulus: UInt32(Names.slotsMax))
        let endpoint = SetDeclaration.Contents.values([.destinationAddress(family), .destinationPort])
        let dispatch = { (lookup: NFTablesLookup, what: String) in
            let key = lookup.key(family)
            return [
                SetDeclaration(
                    lookup.frontends, key: key, contents: .verdicts,
                    comment: "each \(what) with endpoints, and how it picks one"),
                SetDeclaration(
                    lookup.backends, key: key + [number], contents: endpoint,
                    comment: "the endpoints of each \(what), by number"),
                SetDeclaration(
                    lookup.stickyBackends, key: key + [number], contents: .verdicts,
                    comment: "the endpoints of each \(what) with session affinity"),
                SetDeclaration(
                    lookup.undeliverable, key: key, contents: .verdicts, comment: "\(what)s without a usable endpoint"),
            ]
        }
        return dispatch(.address, "frontend") + dispatch(.nodePort, "node port") + [
            SetDeclaration(
                Names.nodeAddresses, key: [.destinationAddress(family)],
                comment: "where node ports are served, if not at all addresses"),
            SetDeclaration(
                Names.restricted, key: Names.frontendKey(family), contents: .verdicts,
                comment: "frontends that take connections from some sources only"),
            SetDeclaration(
                Names.clusterIPs, key: [.destinationAddress(family)], comment: "the cluster IPs of all Services"),
            SetDeclaration(
                Names.hairpins, key: [.sourceAddress(family), .destinationAddress(family)],
                comment: "endpoints that reach themselves through a Service"),
        ]
    }

    /// What tells packets to node ports from others; loopback addresses are not served (as in kube-proxy).
    private static func nodePort(_ family: IPFamily, _ view: NodeView) -> [Statement] {
        if case .only? = view.nodePortAddresses[family] {
            // ip daddr @node-addresses
            return [.lookup([.destinationAddress(family)], set: NFTablesNames.nodeAddresses)]
        }
        // fib daddr type local ip daddr != 127.0.0.0/8
        return [.matchLocal(.destination), .matchDestination(family.loopback, isNegated: true)]
    }

    /// DNAT has priority -100 (`NF_IP_PRI_NAT_DST`) in both hooks.
    private static func dispatch(_ family: IPFamily, _ view: NodeView) -> [Chain] {
        let dispatch = { (lookup: NFTablesLookup) in Statement.verdictMap(lookup.key(family), map: lookup.frontends) }
        let rules = [
            // ip daddr . meta l4proto . th dport vmap @services
            Rule(dispatch(.address)),
            // An external IP may be an address of the node: node ports come last. A cluster IP should not, but is one where
            // kube-proxy's IPVS mode was in use.
            // ip daddr @cluster-ips return
            Rule(
                .lookup([.destinationAddress(family)], set: NFTablesNames.clusterIPs), .verdict(.return),
                comment: "a cluster IP has no node ports"),
            // ip daddr @node-addresses meta l4proto . th dport vmap @node-ports
            Rule(nodePort(family, view) + [dispatch(.nodePort)]),
        ]
        return [
            Chain(NFTablesNames.natPrerouting, hook: BaseHook(.nat, .prerouting, priority: -100), rules: rules),
            Chain(NFTablesNames.natOutput, hook: BaseHook(.nat, .output, priority: -100), rules: rules),
        ]
    }
}
