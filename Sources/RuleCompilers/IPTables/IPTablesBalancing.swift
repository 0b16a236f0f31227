import IPTables
import NetworkValues
import ProxyPlanning

/// Load balancing: each endpoint in turn takes its share of what the ones before have left.
enum IPTablesBalancing {
    /// The chain of a list of endpoints, without the rule that marks.
    ///
    /// - Parameter isLarge: in a large cluster the rules carry no comments, as in kube-proxy.
    static func rules(_ port: ServicePortPlan, _ endpoints: [SocketAddress], isLarge: Bool) -> [Rule] {
        endpoints.enumerated().map { index, endpoint in
            let rest = endpoints.count - index
            let share: [Match] = rest > 1 ? [.statistic(StatisticMatch(Fraction(1, UInt64(rest))))] : []
            return Rule(
                matches: comment(port, endpoint, isLarge: isLarge) + share,
                target: .jump(IPTablesNames.endpoint(port.name, endpoint)))
        }
    }

    static func comment(_ port: ServicePortPlan, _ endpoint: SocketAddress, isLarge: Bool) -> [Match] {
        isLarge ? [] : [.comment(CommentMatch("\(port.name) -> \(endpoint)"))]
    }

    /// The chain of an endpoint.
    static func endpointChain(_ port: ServicePortPlan, _ endpoint: SocketAddress, isLarge: Bool) -> Chain {
        let name = IPTablesNames.endpoint(port.name, endpoint)
        let comment: [Match] = isLarge ? [] : [.comment(CommentMatch(port.name.description))]
        let remembering: [Match] = port.affinitySeconds == nil ? [] : [IPTablesAffinity.remembering(name)]
        let transport = port.name.transportProtocol
        return Chain(
            name,
            rules: [
                IPTablesMasquerade.hairpin(endpoint, comment: comment),
                Rule(
                    transportProtocol: transport, matches: comment + remembering + [.port(PortMatch(transport))],
                    target: .dnat(DNATTarget(endpoint))),
            ])
    }
}
