import NFTables
import NetworkValues
import ProxyPlanning

/// The part of a table that does not depend on the Services: its sets and maps, still empty, and its fixed chains.
enum NFTablesFrame {
    static func fragment(_ family: IPFamily, masqueradeMark: UInt32) -> Fragment {
        var fragment = Fragment()
        fragment.sets = sets(family)
        fragment.chains =
            dispatch(family) + NFTablesRejects.chains(family) + NFTablesMasquerade.chains(family, mark: masqueradeMark)
        return fragment
    }

    private static func sets(_ family: IPFamily) -> [SetDeclaration] {
        typealias Names = NFTablesNames
        return [
            SetDeclaration(
                Names.services, key: Names.frontendKey(family), contents: .verdicts,
                comment: "each frontend with endpoints, and how it picks one"),
            SetDeclaration(
                Names.backends, key: Names.slotKey(family, modulus: Names.slotsMax),
                contents: .values([.destinationAddress(family), .destinationPort]),
                comment: "the endpoints of each frontend, by number"),
            SetDeclaration(
                Names.stickyBackends, key: Names.slotKey(family, modulus: Names.slotsMax), contents: .verdicts,
                comment: "the endpoints of each frontend with session affinity"),
            SetDeclaration(
                Names.undeliverable, key: Names.frontendKey(family), contents: .verdicts,
                comment: "frontends without a usable endpoint"),
            SetDeclaration(
                Names.clusterIPs, key: [.destinationAddress(family)], comment: "the cluster IPs of all Services"),
            SetDeclaration(
                Names.hairpins, key: [.sourceAddress(family), .destinationAddress(family)],
                comment: "endpoints that reach themselves through a Service"),
        ]
    }

    /// DNAT has priority -100 (`NF_IP_PRI_NAT_DST`) in both hooks.
    private static func dispatch(_ family: IPFamily) -> [Chain] {
        // ip daddr . meta l4proto . th dport vmap @services
        let rule = Rule(.verdictMap(NFTablesNames.frontendKey(family), map: NFTablesNames.services))
        return [
            Chain(NFTablesNames.natPrerouting, hook: BaseHook(.nat, .prerouting, priority: -100), rules: [rule]),
            Chain(NFTablesNames.natOutput, hook: BaseHook(.nat, .output, priority: -100), rules: [rule]),
        ]
    }
}
