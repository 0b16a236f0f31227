import IPTables
import NetworkValues
import ProxyPlanning

/// The part of each table that does not depend on the Services: the jumps from the built-in chains and the fixed chains.
enum IPTablesFrame {
    static func fragment(_ table: XTTableID, _ context: RuleContext) -> XTFragment {
        var fragment = XTFragment()
        fragment.chains = [XTChain(IPTablesNames.canary)]
        switch table.name {
        case .mangle: break
        case .filter:
            fragment.builtinRules = filterJumps
            fragment.chains += IPTablesRejects.chains(table.family, context)
        case .nat:
            fragment.builtinRules = natJumps
            fragment.chains += IPTablesMasquerade.chains(mark: context.settings.masqueradeMark)
            fragment.chains += [XTChain(IPTablesNames.services), XTChain(IPTablesNames.nodePorts)]
            fragment.finalRules[IPTablesNames.services] = nodePortRules(table.family, context)
        }
        return fragment
    }

    /// In the order in which they end on a node where kube-proxy has put each at the head.
    private static var filterJumps: [BuiltinRules] {
        let kubelet = XTRule(target: .jump(IPTablesNames.firewall))
        let balancer = jump(IPTablesNames.proxyFirewall, "kubernetes load balancer firewall", isNew: true)
        let healthChecks = jump(IPTablesNames.nodePorts, "kubernetes health check service ports", isNew: false)
        let external = jump(
            IPTablesNames.externalServices, "kubernetes externally-visible service portals", isNew: true)
        let forward = jump(IPTablesNames.forward, "kubernetes forwarding rules", isNew: false)
        let services = jump(IPTablesNames.services, "kubernetes service portals", isNew: true)
        return [
            BuiltinRules(.input, [kubelet, balancer, healthChecks, external]),
            BuiltinRules(.forward, [balancer, forward, services, external]),
            BuiltinRules(.output, [kubelet, balancer, services]),
        ]
    }

    private static var natJumps: [BuiltinRules] {
        let services = jump(IPTablesNames.services, "kubernetes service portals", isNew: false)
        let postrouting = jump(IPTablesNames.postrouting, "kubernetes postrouting rules", isNew: false)
        return [
            BuiltinRules(.prerouting, [services]), BuiltinRules(.output, [services]),
            BuiltinRules(.postrouting, [postrouting]),
        ]
    }

    private static func jump(_ chain: String, _ comment: String, isNew: Bool) -> XTRule {
        let state: [Match] = isNew ? [.conntrack(ConntrackMatch(.new))] : []
        return XTRule(matches: state + [.comment(CommentMatch(comment))], target: .jump(chain))
    }

    /// A port of the node, after all addresses of Services: an external IP may be the node's own.
    private static func nodePortRules(_ family: IPFamily, _ context: RuleContext) -> [XTRule] {
        let note = Match.comment(
            CommentMatch("kubernetes service nodeports; NOTE: this must be the last rule in this chain"))
        let target = Target.jump(IPTablesNames.nodePorts)
        if case .only(let addresses)? = context.view.nodePortAddresses[family] {
            return addresses.map { address in
                XTRule(destination: AddressMatch(IPPrefix(only: address)), matches: [note], target: target)
            }
        }
        let isLoopbackServed = family == .ipv4 && context.servesLocalhostNodePorts
        return [
            XTRule(
                destination: isLoopbackServed ? nil : AddressMatch(family.loopback, isNegated: true),
                matches: [note, .addressType(AddressTypeMatch(local: .destination))], target: target)
        ]
    }
}
