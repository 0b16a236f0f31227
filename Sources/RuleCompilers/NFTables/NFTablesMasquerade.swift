import NetworkValues
import NFTables
import ProxyPlanning

/// Source NAT: which connections get the node's address, so that the answers come back this way.
enum NFTablesMasquerade {
    /// SNAT has priority 100 (`NF_IP_PRI_NAT_SRC`).
    static func chains(_ family: IPFamily, mark: UInt32) -> [Chain] {
        let hairpin: [Expression] = [.sourceAddress(family), .destinationAddress(family)]
        return [
            Chain(
                NFTablesNames.masqueradeMarked,
                rules: [
                    // The mark is ours: it is taken off, so that nobody behind us acts on it again.
                    // meta mark set meta mark ^ 0x00004000
                    Rule(.flipMarkBits(mark)),
                    // masquerade fully-random
                    Rule(.masqueradeFullyRandom),
                ]),
            Chain(
                NFTablesNames.natPostrouting, hook: BaseHook(.nat, .postrouting, priority: 100),
                rules: [
                    // meta mark & 0x00004000 != 0x00000000 goto masquerade-marked
                    Rule(.matchMark(mark), .verdict(.goto(NFTablesNames.masqueradeMarked))),
                    // An endpoint that got itself would answer itself directly, and drop the answer.
                    // ct status dnat ip saddr . ip daddr @hairpins masquerade fully-random
                    Rule(
                        .matchTranslatedDestination, .lookup(hairpin, set: NFTablesNames.hairpins),
                        .masqueradeFullyRandom),
                ]),
        ]
    }

    /// The rules that a group of frontends has before it picks an endpoint.
    static func marking(_ masquerading: Masquerading, _ context: RuleContext, family: IPFamily) -> [Rule] {
        let mark = Statement.setMarkBits(context.settings.masqueradeMark)
        switch (masquerading, context.view.podTraffic[family]) {
        case (.always, _):
            // meta mark set meta mark | 0x00004000
            return [Rule(mark)]
        case (.offCluster, let own?):
            // ip saddr != 10.64.0.0/16 meta mark set meta mark | 0x00004000
            return [Rule(own.match(isNegated: true), mark)]
        case (.never, _), (.offCluster, nil):
            return []
        }
    }

    /// The keys for endpoints that may reach themselves: each address once, as source and destination.
    static func hairpins(_ endpoints: [IPAddress]) -> SharedKeys {
        var keys: [Tuple] = []
        keys.reserveCapacity(endpoints.count)
        var last: IPAddress?
        for address in endpoints.sorted() where address != last {
            keys.append(Tuple(.address(address), .address(address)))
            last = address
        }
        return SharedKeys(NFTablesNames.hairpins, keys)
    }
}

extension PodTraffic {
    /// Asks whether a packet is the cluster's own.
    func match(isNegated: Bool) -> Statement {
        switch self {
        case .source(let block): .matchSource(block, isNegated: isNegated)
        case .interface(let name): .matchInputInterface(name, isNegated: isNegated)
        case .interfacePrefix(let prefix): .matchInputInterface(prefix + "*", isNegated: isNegated)
        }
    }
}
