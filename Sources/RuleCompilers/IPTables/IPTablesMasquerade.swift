import IPTables
import NetworkValues
import ProxyPlanning

/// Source NAT: which connections get the node's address, so that the answers come back this way.
enum IPTablesMasquerade {
    static func chains(mark: UInt32) -> [XTChain] {
        [
            XTChain(IPTablesNames.markMasquerade, rules: [XTRule(target: .mark(.setting(mark)))]),
            XTChain(
                IPTablesNames.postrouting,
                rules: [
                    XTRule(matches: [.mark(MarkMatch(mark, isNegated: true))], target: .return),
                    // The mark is ours: it is taken off, so that nobody behind us acts on it again.
                    XTRule(target: .mark(.flipping(mark))),
                    XTRule(
                        matches: [.comment(CommentMatch("kubernetes service traffic requiring SNAT"))],
                        target: .masquerade(MasqueradeTarget())),
                ]),
        ]
    }

    /// The rule of a Service's chain that marks what comes to its cluster IP; the address is asked again, since the
    /// chain is also reached from outside.
    static func clusterIP(_ frontend: Frontend, _ port: IPTablesPort, view: NodeView) -> XTRule? {
        var rule = IPTablesService.rule(
            to: frontend, port, comment: "\(port.name) cluster IP", target: .jump(IPTablesNames.markMasquerade))
        switch frontend.masquerading {
        case .never: return nil
        case .always: return rule
        case .offCluster:
            guard let own = view.podTraffic[port.plan.family] else { return nil }
            rule.match(own, isNegated: true)
            return rule
        }
    }

    /// The rules of the chain for traffic from outside, up to the one that leads to the endpoints.
    static func external(_ frontend: Frontend, _ port: IPTablesPort, view: NodeView) -> [XTRule] {
        let chain = port.chains.cluster
        let destinations = "\(port.name) external destinations"
        let mark = Target.jump(IPTablesNames.markMasquerade)
        guard frontend.bypassesLocalPolicyForOwnTraffic else {
            return [XTRule(matches: [.comment(CommentMatch("masquerade traffic for \(destinations)"))], target: mark)]
        }
        let isOfNode = Match.addressType(AddressTypeMatch(local: .source))
        let pods = view.podTraffic[port.plan.family].map { own in
            var rule = XTRule(
                matches: [.comment(CommentMatch("pod traffic for \(destinations)"))], target: .jump(chain))
            rule.match(own, isNegated: false)
            return rule
        }
        return (pods.map { [$0] } ?? []) + [
            XTRule(
                matches: [.comment(CommentMatch("masquerade LOCAL traffic for \(destinations)")), isOfNode],
                target: mark),
            XTRule(
                matches: [.comment(CommentMatch("route LOCAL traffic for \(destinations)")), isOfNode],
                target: .jump(chain)),
        ]
    }

    /// An endpoint that reaches itself would answer itself directly, and drop the answer.
    static func hairpin(_ endpoint: SocketAddress, comment: [Match]) -> XTRule {
        XTRule(
            source: AddressMatch(IPPrefix(only: endpoint.address)), matches: comment,
            target: .jump(IPTablesNames.markMasquerade))
    }
}

extension XTRule {
    /// Asks whether a packet is the cluster's own.
    fileprivate mutating func match(_ own: PodTraffic, isNegated: Bool) {
        switch own {
        case .source(let block): source = AddressMatch(block, isNegated: isNegated)
        case .interface(let name): inputInterface = InterfaceMatch(name, isNegated: isNegated)
        case .interfacePrefix(let prefix): inputInterface = InterfaceMatch(prefix + "+", isNegated: isNegated)
        }
    }
}
