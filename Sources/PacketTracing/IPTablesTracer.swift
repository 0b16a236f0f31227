package import IPTables
package import NetworkValues

/// The clients that rules remember, by the lists of `-m recent`.
///
/// Time does not pass here: a client that is listed was seen recently enough.
package struct RecentLists: Hashable, Sendable {
    private var clients: [String: Set<IPAddress>] = [:]

    /// No client is known.
    package init() {}

    func contains(_ client: IPAddress, in list: String) -> Bool { clients[list]?.contains(client) ?? false }

    mutating func insert(_ client: IPAddress, in list: String) { clients[list, default: []].insert(client) }
}

/// A rule that matched a packet.
package struct MatchedRule: Hashable, Sendable, CustomStringConvertible {
    /// The table.
    package var table: XTTableID
    /// The chain.
    package var chain: String
    /// The rule.
    package var rule: XTRule

    /// `ip nat KUBE-SERVICES: -d 10.96.0.10/32 ...`.
    package var description: String { "\(table) \(chain): \(rule.text(in: table.family))" }
}

/// Walks packets through tables of iptables and says what happens to them: a second reading of the rules beside the
/// kernel's, with its semantics (`ipt_do_table` of net/ipv4/netfilter/ip_tables.c).
package struct IPTablesTracer: Sendable {
    /// A table with its chains by name.
    struct Index: Sendable {
        let builtins: [NetfilterHook: BuiltinRules]
        let chains: [String: XTChain]

        init(_ table: XTTableContents) {
            builtins = Dictionary(uniqueKeysWithValues: table.builtinRules.map { ($0.hook, $0) })
            chains = Dictionary(uniqueKeysWithValues: table.chains.map { ($0.name, $0) })
        }
    }

    private let tables: [IPFamily: [XTTableID.Name: Index]]
    private let nodeAddresses: Set<IPAddress>

    /// A tracer for all tables that a packet can meet.
    ///
    /// - Parameters:
    ///   - tables: the rules; a packet only meets those of its family.
    ///   - nodeAddresses: the addresses of the node, packets to which are not forwarded but delivered there.
    /// - Throws: what is wrong with the tables, if the kernel would not take them.
    package init(_ tables: [XTTableContents], nodeAddresses: Set<IPAddress> = []) throws(InvalidTables) {
        let problems = tables.flatMap { table in table.validate().map { "\(table.id): \($0)" } }
        guard problems.isEmpty else { throw InvalidTables(problems: problems) }
        self.tables = Dictionary(grouping: tables) { $0.id.family }.mapValues { family in
            Dictionary(uniqueKeysWithValues: family.map { ($0.id.name, Index($0)) })
        }
        self.nodeAddresses = nodeAddresses
    }

    /// Follows the packet through every way that it can go.
    ///
    /// - Parameters:
    ///   - packet: the first packet of a connection.
    ///   - affinity: the clients that are known when it comes.
    package func trace(
        _ packet: Packet, affinity: RecentLists = RecentLists()
    ) -> TraceResult<MatchedRule, RecentLists> {
        TraceResult(packet, nodeAddresses: nodeAddresses) { connection in
            IPTablesWalk(connection, tables[packet.family] ?? [:], affinity: affinity)
        }
    }
}
