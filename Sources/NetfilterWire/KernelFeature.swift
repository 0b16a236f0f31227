import IPTables
package import NetworkValues
import NFTables

/// A part of the kernel that may be missing, and the smallest transaction that needs it.
package struct KernelFeature: Sendable {
    /// The module, and what it is for: `nft_numgen (random numbers)`.
    package let name: String
    /// What the kernel refuses if it has no such feature, and takes if it has. Not meant to be committed.
    package let operations: [BatchOperation]

    /// A feature, found by these steps.
    package init(_ name: String, _ operations: [BatchOperation]) {
        self.name = name
        self.operations = operations
    }

    /// All that rules in tables of our own need.
    package static func nftables(_ family: IPFamily) -> [KernelFeature] {
        let probe = Probe(family)
        let address = family == .ipv4 ? IPAddress(ipv4: 0xc000_0201) : IPAddress(ipv6High: 0x2001_0db8 << 32, low: 1)
        let source = [Expression.sourceAddress(family)]
        let random = [Expression.randomNumber(modulus: 2)]
        let nat = BaseHook(.nat, .prerouting, priority: -100)
        let concatenated = SetDeclaration(
            "probe", key: [.destinationAddress(family), .transportProtocol, .destinationPort], contents: .verdicts)
        let dynamic = SetDeclaration("probe", key: source, isDynamic: true, size: 1)
        let dynamicRule = Rule(.updateSet("probe", key: source, timeoutSeconds: 1))
        return [
            KernelFeature("tables of the family \(family.nftKeyword)", probe.table),
            KernelFeature("filter chains", probe.chain(.filter, .prerouting)),
            KernelFeature("nft_chain_nat (chains of type nat)", probe.chain(.nat, .prerouting)),
            KernelFeature("maps with keys of several fields", probe.table + [.addSet(probe.id, concatenated)]),
            KernelFeature(
                "dynamic sets with timeouts",
                probe.table + [.addSet(probe.id, dynamic)] + probe.rule(dynamicRule, at: nil)),
            KernelFeature("nft_fib (local addresses)", probe.rules([Rule(.matchLocal(.destination))])),
            KernelFeature("nft_ct (states of connections)", probe.rules([Rule(.matchNewConnection)])),
            KernelFeature(
                "nft_numgen (random numbers)",
                probe.table + [.addSet(probe.id, SetDeclaration("probe", key: random))]
                    + probe.rule(Rule(.lookup(random, set: "probe")), at: nil)),
            KernelFeature(
                "nft_nat (DNAT)",
                probe.table + probe.rule(Rule(.matchProtocol(.tcp), .dnat(SocketAddress(address, 1))), at: nat)),
            KernelFeature(
                "nft_masq (masquerading)",
                probe.table
                    + probe.rule(Rule(.masqueradeFullyRandom), at: BaseHook(.nat, .postrouting, priority: 100))),
            KernelFeature(
                "nft_reject (refusals)",
                probe.table + probe.rule(Rule(.reject), at: BaseHook(.filter, .prerouting, priority: 0))),
        ]
    }

    /// All that rules in the tables of iptables need.
    package static func iptables(_ family: IPFamily) -> [KernelFeature] {
        let probe = Probe(family)
        let prerouting = BaseHook(.nat, .prerouting, priority: -100)
        let postrouting = BaseHook(.nat, .postrouting, priority: 100)
        let input = BaseHook(.filter, .input, priority: 0)
        let endpoint = SocketAddress(family == .ipv4 ? .loopback(.ipv4) : .loopback(.ipv6), 1)
        let matches: [(String, Match)] = [
            ("nft_compat and xt_comment", .comment(CommentMatch("probe"))),
            ("xt_conntrack", .conntrack(ConntrackMatch(.new))),
            ("xt_addrtype", .addressType(AddressTypeMatch(local: .destination))),
            ("xt_statistic", .statistic(StatisticMatch(Fraction(1, 2)))),
            ("xt_mark", .mark(MarkMatch(1))),
            ("xt_recent", .recent(RecentMatch(.set, name: "KUBE-PROBE"))),
        ]
        let target = { (name: String, target: Target, hook: BaseHook) in
            let rule = XTRule(transportProtocol: .tcp, target: target)
            return KernelFeature(name, probe.xtRule(rule, at: hook))
        }
        return [
            KernelFeature("tables of the family \(family.nftKeyword)", probe.table),
            KernelFeature("nft_chain_nat (chains of type nat)", probe.chain(.nat, .prerouting)),
            KernelFeature("chains of type route", probe.chain(.route, .output)),
        ]
            + matches.map { name, match in
                KernelFeature(name, probe.xtRule(XTRule(matches: [match]), at: input))
            } + [
                target("xt_nat (the target DNAT)", .dnat(DNATTarget(endpoint)), prerouting),
                target("xt_MASQUERADE", .masquerade(MasqueradeTarget()), postrouting),
                target("the target REJECT", .reject(RejectTarget()), input),
                target("the target MARK", .mark(.setting(1)), input),
            ]
    }
}

/// The table in which features are looked for.
private struct Probe {
    let id: TableID

    init(_ family: IPFamily) { id = TableID(family, "switchyard-probe") }

    var table: [BatchOperation] { [.addTable(id, comment: nil)] }

    func chain(_ type: BaseHook.ChainType, _ hook: NetfilterHook) -> [BatchOperation] {
        table + [.addChain(id, Chain("probe", hook: BaseHook(type, hook, priority: 0), rules: []))]
    }

    func rules(_ rules: [Rule]) -> [BatchOperation] { table + rules.flatMap { rule($0, at: nil) } }

    func rule(_ rule: Rule, at hook: BaseHook?) -> [BatchOperation] {
        [.addChain(id, Chain("probe", hook: hook, rules: [])), .addRule(id, chain: "probe", rule)]
    }

    /// Extensions look at the name of the table that they are used in.
    func xtRule(_ rule: XTRule, at hook: BaseHook) -> [BatchOperation] {
        let id = TableID(id.family, hook.type.rawValue)
        let chain = Chain(self.id.name, hook: hook, rules: [])
        return [.ensureTable(id), .addChain(id, chain), .addXTRule(id, chain: chain.name, rule, .end)]
    }
}
