import IPTables
import NetworkValues

/// A packet on one of its ways through tables of iptables.
struct IPTablesWalk: RuleWalk {
    var connection: ConnectionState
    var affinity: RecentLists
    var steps: [MatchedRule] = []
    private let tables: [XTTableID.Name: IPTablesTracer.Index]

    init(
        _ connection: ConnectionState, _ tables: [XTTableID.Name: IPTablesTracer.Index], affinity: RecentLists
    ) {
        self.connection = connection
        self.tables = tables
        self.affinity = affinity
    }

    func pass(_ hook: NetfilterHook) -> [Way<IPTablesWalk, PacketOutcome>] {
        // By priority (linux/netfilter_ipv4.h): NAT of destinations comes before the filters, NAT of sources after.
        let isBefore = hook == .prerouting || hook == .output
        let order: [XTTableID.Name] = isBefore ? [.mangle, .nat, .filter] : [.mangle, .filter, .nat]
        return order.reduce([Way(self)]) { ways, table in goOn(ways) { $0.pass(hook, of: table) } }
    }

    private func pass(_ hook: NetfilterHook, of name: XTTableID.Name) -> [Way<IPTablesWalk, PacketOutcome>] {
        guard let builtin = tables[name]?.builtins[hook], name != .nat || !connection.isSettled(at: hook) else {
            return [Way(self)]
        }
        return run(builtin.rules, of: name, chain: hook.builtinChain).map { way in
            switch way.end {
            case .drop?: Way(way.walk, .dropped)
            case .reject?: Way(way.walk, .rejected)
            case .accept?, .return?, nil: Way(way.walk)
            }
        }
    }

    /// What ends a chain other than its last rule.
    private enum End {
        case accept
        case drop
        case reject
        case `return`
    }

    /// Each rule parts the packets that come to it into those that match and those that do not; what the first ones do not
    /// end there goes on together with the others, whose number therefore does not grow with that of the rules.
    private func run(
        _ rules: [XTRule], of table: XTTableID.Name, chain: String
    ) -> [Way<IPTablesWalk, End>] {
        var ended: [Way<IPTablesWalk, End>] = []
        var open = [self]
        for rule in rules {
            var next: [IPTablesWalk] = []
            for walk in open {
                let (hit, misses) = walk.ask(rule)
                for way in hit?.take(rule, table, chain) ?? [] {
                    if way.end == nil { next.append(way.walk) } else { ended.append(way) }
                }
                next += misses
            }
            open = next
        }
        return ended + open.map { Way($0) }
    }

    private func take(_ rule: XTRule, _ table: XTTableID.Name, _ chain: String) -> [Way<IPTablesWalk, End>] {
        var walk = self
        walk.steps.append(MatchedRule(table: XTTableID(connection.packet.family, table), chain: chain, rule: rule))
        switch rule.target {
        case nil: return [Way(walk)]
        case .jump(let jump)?:
            guard let chain = tables[table]?.chains[jump.chain] else {
                preconditionFailure("validated tables lack chain \(jump.chain)")
            }
            return walk.run(chain.rules, of: table, chain: chain.name).map { way in
                way.end == .return ? Way(way.walk) : way
            }
        case .verdict(.accept)?: return [Way(walk, .accept)]
        case .verdict(.drop)?: return [Way(walk, .drop)]
        case .verdict(.return)?: return [Way(walk, .return)]
        case .reject?: return [Way(walk, .reject)]
        case .dnat(let dnat)?:
            walk.connection.translate(to: dnat.destination)
            return [Way(walk, .accept)]
        case .masquerade?:
            walk.connection.masquerade()
            return [Way(walk, .accept)]
        case .mark(let mark)?:
            walk.connection.mark = connection.mark & ~mark.mask ^ mark.value
            return [Way(walk)]
        }
    }

    /// The packet where the rule matches, nil if it never does, and where it does not.
    private func ask(_ rule: XTRule) -> (hit: IPTablesWalk?, misses: [IPTablesWalk]) {
        guard matchesHead(of: rule) else { return (nil, [self]) }
        var hit = self
        var misses: [IPTablesWalk] = []
        for match in rule.matches {
            guard case .statistic(let statistic) = match else {
                if hit.matches(match) { continue }
                return (nil, misses + [hit])
            }
            var miss = hit
            hit.connection.probability = hit.connection.probability * statistic.share
            miss.connection.probability = miss.connection.probability * statistic.share.complement
            if statistic.share != .one { misses.append(miss) }
        }
        return (hit, misses)
    }

    private func matchesHead(of rule: XTRule) -> Bool {
        let packet = connection.packet
        return (rule.source?.matches(packet.source.address) ?? true)
            && (rule.destination?.matches(packet.destination.address) ?? true)
            && (rule.inputInterface?.matches(packet.inputInterface ?? "") ?? true)
            && (rule.transportProtocol.map { $0 == packet.transportProtocol } ?? true)
    }

    private mutating func matches(_ match: Match) -> Bool {
        let packet = connection.packet
        switch match {
        // Chance is asked before (`ask`).
        case .comment, .nfacct, .statistic: return true
        case .port(let port):
            return port.destinationPort.map { $0 == packet.destination.port } ?? true
        case .recent(let recent):
            switch recent.action {
            case .set:
                affinity.insert(packet.source.address, in: recent.name)
                return true
            case .check: return affinity.contains(packet.source.address, in: recent.name)
            }
        case .conntrack(let conntrack):
            var states: ConntrackMatch.States = .new
            if connection.isTranslated { states.insert(.destinationTranslated) }
            return conntrack.states.isDisjoint(with: states) == conntrack.isNegated
        case .addressType(let type):
            let address = type.local == .source ? packet.source.address : packet.destination.address
            return connection.isLocal(address)
        case .mark(let mark): return (connection.mark & mark.mask == mark.value) != mark.isNegated
        }
    }
}

extension AddressMatch {
    fileprivate func matches(_ address: IPAddress) -> Bool { prefix.contains(address) != isNegated }
}

extension InterfaceMatch {
    fileprivate func matches(_ interface: String) -> Bool {
        (name.hasSuffix("+") ? interface.hasPrefix(name.dropLast()) : interface == name) != isNegated
    }
}
