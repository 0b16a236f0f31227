import IPTables
import NetworkValues
import ProxyPlanning

/// Load balancing: each endpoint in turn takes its share of what the ones before have left.
enum IPTablesBalancing {
    /// The chain of a list of endpoints, without the rule that marks.
    static func rules(_ port: IPTablesPort, _ endpoints: [SocketAddress]) -> [XTRule] {
        endpoints.enumerated().map { index, endpoint in
            let rest = endpoints.count - index
            let share: [Match] = rest > 1 ? [.statistic(StatisticMatch(Fraction(1, UInt64(rest))))] : []
            return XTRule(
                matches: comment(port, endpoint) + share,
                target: .jump(port.chain(of: endpoint)))
        }
    }

    static func comment(_ port: IPTablesPort, _ endpoint: SocketAddress) -> [Match] {
        port.isLarge ? [] : [.comment(CommentMatch("\(port.name) -> \(endpoint)"))]
    }

    /// The chain of an endpoint.
    static func endpointChain(_ port: IPTablesPort, _ endpoint: SocketAddress) -> XTChain {
        let name = port.chain(of: endpoint)
        let comment: [Match] = port.isLarge ? [] : [.comment(CommentMatch(port.name))]
        let remembering: [Match] = port.plan.affinitySeconds == nil ? [] : [IPTablesAffinity.remembering(name)]
        let transport = port.transportProtocol
        return XTChain(
            name,
            rules: [
                IPTablesMasquerade.hairpin(endpoint, comment: comment),
                XTRule(
                    transportProtocol: transport, matches: comment + remembering + [.port(PortMatch(transport))],
                    target: .dnat(DNATTarget(endpoint))),
            ])
    }
}
