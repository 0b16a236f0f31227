import IPTables
import NetworkValues
import ProxyPlanning

/// The table filter: what becomes of connections that no endpoint takes, and which packets pass.
///
/// A packet that got an endpoint does not have the frontend's address any more.
enum IPTablesRejects {
    static func chains(_ family: IPFamily, _ context: RuleContext) -> [XTChain] {
        let isLoopbackServed = family == .ipv4 && context.servesLocalhostNodePorts
        return [
            XTChain(IPTablesNames.services), XTChain(IPTablesNames.externalServices), XTChain(IPTablesNames.nodePorts),
            XTChain(IPTablesNames.proxyFirewall), forward(context.settings),
            XTChain(IPTablesNames.firewall, rules: isLoopbackServed ? [martians] : []),
        ]
    }

    private static func forward(_ settings: RuleSettings) -> XTChain {
        // Conntrack does not translate what it finds invalid: the answer would reach the client with the address of the
        // endpoint, and the client would reset the connection.
        let counting: [Match] = settings.usesAccounting ? [.nfacct(NFAcctMatch(IPTablesNames.invalidPackets))] : []
        let invalid = XTRule(matches: [.conntrack(ConntrackMatch(.invalid))] + counting, target: .drop)
        let mark = Match.mark(MarkMatch(settings.masqueradeMark))
        return XTChain(
            IPTablesNames.forward,
            rules: (settings.dropsInvalid ? [invalid] : []) + [
                XTRule(matches: [.comment(CommentMatch("kubernetes forwarding rules")), mark], target: .accept),
                XTRule(
                    matches: [
                        .comment(CommentMatch("kubernetes forwarding conntrack rule")),
                        .conntrack(ConntrackMatch([.related, .established])),
                    ], target: .accept),
            ])
    }

    /// With `route_localnet` the kernel would let others reach what listens on the loopback address only
    /// (CVE-2020-8558). kubelet writes the same rule.
    private static var martians: XTRule {
        let loopback = IPFamily.ipv4.loopback
        return XTRule(
            source: AddressMatch(loopback, isNegated: true), destination: AddressMatch(loopback),
            matches: [
                .comment(CommentMatch("block incoming localnet connections")),
                .conntrack(
                    ConntrackMatch([.related, .established, .destinationTranslated], isNegated: true)),
            ], target: .drop)
    }

    /// The rules of a Service port in the shared chains of the table.
    ///
    /// - Parameter healthCheck: what the Service's load balancer is told; each port lets it ask.
    static func rules(_ port: IPTablesPort, _ healthCheck: HealthCheck?) -> [String: [XTRule]] {
        var rules: [String: [XTRule]] = [:]
        for frontend in port.plan.frontends {
            if frontend.allowedSources != nil, frontend.action != .reject {
                let chain = port.chains.firewall
                rules[IPTablesNames.proxyFirewall, default: []].append(
                    IPTablesService.rule(
                        to: frontend, port, comment: "\(port.name) traffic not accepted by \(chain)", target: .drop))
            }
            let chain = frontend.kind == .clusterIP ? IPTablesNames.services : IPTablesNames.externalServices
            if let rule = undeliverable(frontend, port) { rules[chain, default: []].append(rule) }
        }
        if let healthCheck {
            rules[IPTablesNames.nodePorts] = [
                XTRule(
                    transportProtocol: .tcp,
                    matches: [
                        .comment(CommentMatch("\(port.name) health check node port")),
                        .port(PortMatch(.tcp, destinationPort: healthCheck.nodePort)),
                    ], target: .accept)
            ]
        }
        return rules
    }

    private static func undeliverable(_ frontend: Frontend, _ port: IPTablesPort) -> XTRule? {
        switch frontend.action {
        case .balance: nil
        case .reject:
            IPTablesService.rule(
                to: frontend, port, comment: "\(port.name) has no endpoints", target: .reject(RejectTarget()),
                asksForLocalDestination: true)
        case .drop:
            IPTablesService.rule(
                to: frontend, port, comment: "\(port.name) has no local endpoints", target: .drop,
                asksForLocalDestination: true)
        }
    }
}
