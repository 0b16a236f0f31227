import IPTables
import NetworkValues
import ProxyPlanning

/// What one Service puts into the tables of one family.
struct IPTablesService {
    /// The node, and how rules are written.
    let context: RuleContext
    /// Whether the cluster is so large that rules of endpoints carry no comments.
    let isLarge: Bool

    /// The fragments of a Service.
    func fragments(_ service: ServicePlan, family: IPFamily) -> (nat: XTFragment, filter: XTFragment) {
        var nat = XTFragment()
        var filter = XTFragment()
        for plan in service.ports where plan.family == family {
            let port = IPTablesPort(plan, isLarge: isLarge)
            nat.chains += chains(port)
            nat.appendShared(Self.dispatch(port, context))
            filter.appendShared(IPTablesRejects.rules(port, service.healthCheck))
        }
        return (nat, filter)
    }

    /// A rule for what is addressed to a frontend.
    ///
    /// - Parameter asksForLocalDestination: whether a node port is asked for together with an address of the node.
    static func rule(
        to frontend: Frontend, _ port: IPTablesPort, comment: String, target: Target,
        asksForLocalDestination: Bool = false
    ) -> XTRule {
        let transport = port.transportProtocol
        switch frontend.place {
        case .address(let address):
            return XTRule(
                destination: AddressMatch(IPPrefix(only: address.address)), transportProtocol: transport,
                matches: [
                    .comment(CommentMatch(comment)), .port(PortMatch(transport, destinationPort: address.port)),
                ], target: target)
        case .nodePort(let number):
            let local: [Match] = asksForLocalDestination ? [.addressType(AddressTypeMatch(local: .destination))] : []
            return XTRule(
                transportProtocol: transport,
                matches: [.comment(CommentMatch(comment))] + local
                    + [.port(PortMatch(transport, destinationPort: number))], target: target)
        }
    }

    /// The rules that lead from the shared chains to the Service's own.
    private static func dispatch(_ port: IPTablesPort, _ context: RuleContext) -> [String: [XTRule]] {
        let chains = port.chains
        var rules: [String: [XTRule]] = [:]
        for frontend in port.plan.frontends {
            switch (frontend.kind, frontend.action) {
            case (.clusterIP, .balance(let list)):
                rules[IPTablesNames.services, default: []].append(
                    rule(
                        to: frontend, port, comment: "\(port.name) cluster IP", target: .jump(chains.endpoints(list))))
            case (.clusterIP, _), (_, .reject): continue
            case (.externalIP, _):
                rules[IPTablesNames.services, default: []].append(
                    rule(to: frontend, port, comment: "\(port.name) external IP", target: .jump(chains.external)))
            case (.loadBalancerIP, _):
                let chain = frontend.allowedSources == nil ? chains.external : chains.firewall
                rules[IPTablesNames.services, default: []].append(
                    rule(to: frontend, port, comment: "\(port.name) loadbalancer IP", target: .jump(chain)))
            case (.nodePort, _):
                let plain = rule(
                    to: frontend, port, comment: port.name, target: .jump(chains.external))
                let counting =
                    port.plan.family == .ipv4 && context.settings.usesAccounting && context.servesLocalhostNodePorts
                rules[IPTablesNames.nodePorts, default: []] += (counting ? [countingLocalhost(plain)] : []) + [plain]
            }
        }
        return rules
    }

    /// The same rule for a node port at 127.0.0.0/8 alone, which counts what comes there.
    private static func countingLocalhost(_ plain: XTRule) -> XTRule {
        var rule = plain
        rule.destination = AddressMatch(IPFamily.ipv4.loopback)
        rule.matches.append(.nfacct(NFAcctMatch(IPTablesNames.localhostNodePortPackets)))
        return rule
    }

    /// The Service port's own chains.
    private func chains(_ port: IPTablesPort) -> [XTChain] {
        var chains: [XTChain] = []
        for list in EndpointList.allCases where !port.plan.endpoints(list).isEmpty {
            let endpoints = port.plan.endpoints(list)
            let marks = port.plan.frontends.filter { $0.kind == .clusterIP && $0.action == .balance(list) }
                .compactMap { IPTablesMasquerade.clusterIP($0, port, view: context.view) }
            chains.append(
                XTChain(
                    port.chains.endpoints(list),
                    rules: marks + IPTablesAffinity.rules(port, endpoints)
                        + IPTablesBalancing.rules(port, endpoints)))
        }
        let external = port.plan.frontends.filter { $0.kind != .clusterIP && $0.action != .reject }
        if let first = external.first { chains.append(externalChain(first, port)) }
        let restricted = external.filter { $0.allowedSources != nil }
        if let first = restricted.first { chains.append(firewallChain(first, port)) }
        chains.reserveCapacity(chains.count + port.endpointChains.count)
        for endpoint in port.endpointChains.keys { chains.append(IPTablesBalancing.endpointChain(port, endpoint)) }
        return chains
    }

    /// All frontends from outside share the external traffic policy, hence the chain.
    private func externalChain(
        _ frontend: Frontend, _ port: IPTablesPort
    ) -> XTChain {
        var rules = IPTablesMasquerade.external(frontend, port, view: context.view)
        if case .balance(let list) = frontend.action {
            rules.append(XTRule(target: .jump(port.chains.endpoints(list))))
        }
        return XTChain(port.chains.external, rules: rules)
    }

    /// All load balancer IPs share the allowed sources, hence the chain.
    private func firewallChain(
        _ frontend: Frontend, _ port: IPTablesPort
    ) -> XTChain {
        let allowed = (frontend.allowedSources ?? []).map { sources in
            XTRule(
                source: AddressMatch(sources), matches: [.comment(CommentMatch("\(port.name) loadbalancer IP"))],
                target: .jump(port.chains.external))
        }
        let others = "other traffic to \(port.name) will be dropped by KUBE-PROXY-FIREWALL"
        return XTChain(port.chains.firewall, rules: allowed + [XTRule(matches: [.comment(CommentMatch(others))])])
    }
}
