import IPTables
import NetworkValues
import ProxyPlanning

/// Session affinity ClientIP: each endpoint has a list of the clients that it got.
enum IPTablesAffinity {
    /// The rules that come before balancing: a client on an endpoint's list goes there again.
    static func rules(_ port: IPTablesPort, _ endpoints: [SocketAddress]) -> [XTRule] {
        guard let seconds = port.plan.affinitySeconds else { return [] }
        return endpoints.map { endpoint in
            let name = port.chain(of: endpoint)
            return XTRule(
                matches: IPTablesBalancing.comment(port, endpoint)
                    + [.recent(RecentMatch(.check(seconds: seconds), name: name))],
                target: .jump(name))
        }
    }

    /// Puts the client on the endpoint's list.
    static func remembering(_ name: String) -> Match { .recent(RecentMatch(.set, name: name)) }
}
