import IPTables
import NetworkValues
import ProxyPlanning

/// What one Service puts into the tables of one family.
struct IPTablesService {
    /// The node, and how rules are written.
    let context: RuleContext
    /// Whether the cluster is so large that rules carry no comments.
    let isLarge: Bool

    /// The fragments of a Service, by table.
    func fragments(_ service: ServicePlan, family: IPFamily) -> [TableID.Name: Fragment] {
        var nat = Fragment()
        var filter = Fragment()
        for port in service.ports where port.family == family {
            nat.chains += chains(port)
            nat.appendShared(Self.dispatch(port, context))
            filter.appendShared(IPTablesRejects.rules(port, service.healthCheck))
        }
        return [.nat: nat, .filter: filter]
    }

    /// A rule for what is addressed to a frontend.
    ///
    /// - Parameter asksForLocalDestination: whether a node port is asked for together with an address of the node.
    static func rule(
        to frontend: Frontend, _ port: ServicePortPlan, comment: String, target: Target,
        asksForLocalDestination: Bool = false
    ) -> Rule {
        let transport = port.name.transportProtocol
        switch frontend.place {
        case .address(let address):
            return Rule(
                destination: AddressMatch(IPPrefix(only: address.address)), transportProtocol: transport,
                matches: [
                    .comment(CommentMatch(comment)), .port(PortMatch(transport, destinationPort: address.port)),
                ], target: target)
        case .nodePort(let number):
            let local: [Match] = asksForLocalDestination ? [.addressType(AddressTypeMatch(local: .destination))] : []
            return Rule(
                transportProtocol: transport,
                matches: [.comment(CommentMatch(comment))] + local
                    + [.port(PortMatch(transport, destinationPort: number))], target: target)
        }
    }

    /// The rules that lead from the shared chains to the Service's own.
    private static func dispatch(_ port: ServicePortPlan, _ context: RuleContext) -> [String: [Rule]] {
        let chains = IPTablesNames.ServiceChains(port.name)
        var rules: [String: [Rule]] = [:]
        for frontend in port.frontends {
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
                    to: frontend, port, comment: port.name.description, target: .jump(chains.external))
                let counting =
                    port.family == .ipv4 && context.settings.usesAccounting && context.servesLocalhostNodePorts
                rules[IPTablesNames.nodePorts, default: []] += (counting ? [countingLocalhost(plain)] : []) + [plain]
            }
        }
        return rules
    }

    /// The same rule for a node port at 127.0.0.0/8 alone, which counts what comes there.
    private static func countingLocalhost(_ plain: Rule) -> Rule {
        var rule = plain
        rule.destination = AddressMatch(IPFamily.ipv4.loopback)
        rule.matches.append(.nfacct(NFAcctMatch(IPTablesNames.localhostNodePortPackets)))
        return rule
    }

    /// The Service port's own chains.
    private func chains(_ port: ServicePortPlan) -> [Chain] {
        let names = IPTablesNames.ServiceChains(port.name)
        var chains: [Chain] = []
        for list in EndpointList.allCases where !port.endpoints(list).isEmpty {
            let endpoints = port.endpoints(list)
            let marks = port.frontends.filter { $0.kind == .clusterIP && $0.action == .balance(list) }
                .compactMap { IPTablesMasquerade.clusterIP($0, port, view: context.view) }
            chains.append(
                Chain(
                    names.endpoints(list),
                    rules: marks + IPTablesAffinity.rules(port, endpoints, isLarge: isLarge)
                        + IPTablesBalancing.rules(port, endpoints, isLarge: isLarge)))
        }
        let external = port.frontends.filter { $0.kind != .clusterIP && $0.action != .reject }
        if let first = external.first { chains.append(externalChain(first, port, names)) }
        let restricted = external.filter { $0.allowedSources != nil }
        if let first = restricted.first { chains.append(firewallChain(first, port, names)) }
        let reachable = Set(port.clusterEndpoints).union(port.localEndpoints)
        return chains
            + reachable.map { IPTablesBalancing.endpointChain(port, $0, isLarge: isLarge) }
    }

    /// All frontends from outside share the external traffic policy, hence the chain.
    private func externalChain(
        _ frontend: Frontend, _ port: ServicePortPlan, _ names: IPTablesNames.ServiceChains
    ) -> Chain {
        var rules = IPTablesMasquerade.external(frontend, port, view: context.view)
        if case .balance(let list) = frontend.action { rules.append(Rule(target: .jump(names.endpoints(list)))) }
        return Chain(names.external, rules: rules)
    }

    /// All load balancer IPs share the allowed sources, hence the chain.
    private func firewallChain(
        _ frontend: Frontend, _ port: ServicePortPlan, _ names: IPTablesNames.ServiceChains
    ) -> Chain {
        let allowed = (frontend.allowedSources ?? []).map { sources in
            Rule(
                source: AddressMatch(sources), matches: [.comment(CommentMatch("\(port.name) loadbalancer IP"))],
                target: .jump(names.external))
        }
        let others = "other traffic to \(port.name) will be dropped by KUBE-PROXY-FIREWALL"
        return Chain(names.firewall, rules: allowed + [Rule(matches: [.comment(CommentMatch(others))])])
    }
}
