import IPTables
import NetworkValues

/// A packet on one way through tables of iptables.
struct IPTablesWalk: RuleWalk {
    var connection: ConnectionState
    var affinity: RecentLists
    var steps: [MatchedRule] = []
    private let tables: [TableID.Name: IPTablesTracer.Index]

    private typealias TableID = IPTables.TableID

    init(
        _ connection: ConnectionState, _ tables: [IPTables.TableID.Name: IPTablesTracer.Index], affinity: RecentLists
    ) {
        self.connection = connection
        self.tables = tables
        self.affinity = affinity
    }

    mutating func pass(_ hook: NetfilterHook) -> PacketOutcome? {
        // By priority (linux/netfilter_ipv4.h): NAT of destinations comes before the filters, NAT of sources after.
        let isBefore = hook == .prerouting || hook == .output
        let order: [TableID.Name] = isBefore ? [.mangle, .nat, .filter] : [.mangle, .filter, .nat]
        for name in order {
            if name == .nat && connection.isSettled(at: hook) { continue }
            guard let builtin = tables[name]?.builtins[hook],
                let end = run(builtin.rules, of: name, chain: builtin.hook.builtinChain)
            else { continue }
            switch end {
            case .drop: return .dropped
            case .reject: return .rejected
            case .accept, .return: continue
            }
        }
        return nil
    }

    /// What ends a chain other than its last rule.
    private enum End {
        case accept
        case drop
        case reject
        case `return`
    }

    private mutating func run(_ rules: [IPTables.Rule], of table: TableID.Name, chain: String) -> End? {
        for rule in rules where matches(rule) {
            steps.append(MatchedRule(table: TableID(connection.packet.family, table), chain: chain, rule: rule))
            guard let target = rule.target, let end = take(target, table) else { continue }
            return end
        }
        return nil
    }

    /// - Returns: nil if the next rule is asked.
    private mutating func take(_ target: IPTables.Target, _ table: TableID.Name) -> End? {
        switch target {
        case .jump(let jump):
            guard let chain = tables[table]?.chains[jump.chain] else {
                preconditionFailure("validated tables lack chain \(jump.chain)")
            }
            let end = run(chain.rules, of: table, chain: chain.name)
            return end == .return ? nil : end
        case .verdict(.accept): return .accept
        case .verdict(.drop): return .drop
        case .verdict(.return): return .return
        case .reject: return .reject
        case .dnat(let dnat):
            connection.translate(to: dnat.destination)
            return .accept
        case .masquerade:
            connection.masquerade()
            return .accept
        case .mark(let mark):
            connection.mark = connection.mark & ~mark.mask ^ mark.value
            return nil
        }
    }

    private mutating func matches(_ rule: IPTables.Rule) -> Bool {
        let packet = connection.packet
        guard rule.source.map({ $0.matches(packet.source.address) }) ?? true,
            rule.destination.map({ $0.matches(packet.destination.address) }) ?? true,
            rule.inputInterface.map({ $0.matches(packet.inputInterface ?? "") }) ?? true,
            rule.transportProtocol.map({ $0 == packet.transportProtocol }) ?? true
        else { return false }
        for match in rule.matches where !matches(match) { return false }
        return true
    }

    private mutating func matches(_ match: IPTables.Match) -> Bool {
        let packet = connection.packet
        switch match {
        case .comment, .nfacct: return true
        case .port(let port):
            return port.destinationPort.map { $0 == packet.destination.port } ?? true
        case .statistic(let statistic): return connection.draws.draw(modulus: UInt32(statistic.oneIn)) == 0
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
