package import NetworkValues
package import NFTables

/// Rules that the kernel would not take.
package struct InvalidTables: Error, Hashable, CustomStringConvertible {
    /// What is wrong, one sentence for each defect.
    package var problems: [String]

    /// The problems, one a line.
    package var description: String { problems.joined(separator: "\n") }
}

/// Walks packets through tables and says what happens to them.
///
/// This is a second reading of the rules beside the kernel's, with its semantics: `nft_do_chain` of
/// net/netfilter/nf_tables_core.c for rules, `nf_nat_inet_fn` of net/netfilter/nf_nat_core.c for NAT chains.
package struct PacketTracer: Sendable {
    /// A table with its chains and elements by name.
    struct Index: Sendable {
        var id: TableID
        var chains: [String: Chain]
        var declarations: [String: SetDeclaration]
        var elements: [String: [Tuple: Element.Data]]

        init(_ table: TableContents) {
            id = table.id
            chains = Dictionary(uniqueKeysWithValues: table.chains.map { ($0.name, $0) })
            declarations = Dictionary(uniqueKeysWithValues: table.sets.map { ($0.name, $0) })
            elements = [:]
            for part in table.elements {
                elements[part.set, default: [:]].merge(part.elements.map { ($0.key, $0.data) }) { _, last in last }
            }
        }
    }

    /// A base chain in the order of its hook.
    struct Station: Sendable {
        var hook: BaseHook
        var table: Index
        var chain: Chain
    }

    private let stations: [IPFamily: [NetfilterHook: [Station]]]
    private let nodeAddresses: Set<IPAddress>

    /// A tracer for all tables that a packet can meet.
    ///
    /// - Parameters:
    ///   - tables: the rules; a packet only meets those of its family.
    ///   - nodeAddresses: the addresses of the node, packets to which are not forwarded but delivered there.
    /// - Throws: what is wrong with the tables, if the kernel would not take them.
    package init(_ tables: [TableContents], nodeAddresses: Set<IPAddress> = []) throws(InvalidTables) {
        let problems = tables.flatMap { table in table.validate().map { "\(table.id): \($0)" } }
        guard problems.isEmpty else { throw InvalidTables(problems: problems) }
        let all = tables.flatMap { table in
            let index = Index(table)
            return table.chains.compactMap { chain in
                chain.hook.map { Station(hook: $0, table: index, chain: chain) }
            }
        }
        stations = Dictionary(grouping: all) { $0.table.id.family }.mapValues { family in
            Dictionary(grouping: family) { $0.hook.hook }.mapValues(Self.inOrder)
        }
        self.nodeAddresses = nodeAddresses
    }

    /// The order in which the kernel runs the base chains of one hook.
    ///
    /// All NAT chains of a hook run together, at the place of the kernel's NAT itself (`NF_IP_PRI_NAT_DST`,
    /// `NF_IP_PRI_NAT_SRC`); their own priorities only order them among each other.
    private static func inOrder(_ stations: [Station]) -> [Station] {
        stations.enumerated().sorted { left, right in
            (place(left.element.hook), left.element.hook.priority, left.offset)
                < (place(right.element.hook), right.element.hook.priority, right.offset)
        }.map(\.element)
    }

    private static func place(_ hook: BaseHook) -> Int32 {
        guard hook.type == .nat else { return hook.priority }
        switch hook.hook {
        case .prerouting, .output: return -100
        case .input, .postrouting, .forward: return 100
        }
    }

    /// Follows the packet through every way that it can go.
    ///
    /// - Parameters:
    ///   - packet: the first packet of a connection.
    ///   - affinity: what the dynamic maps hold when it comes.
    package func trace(
        _ packet: Packet, affinity: AffinityState = AffinityState()
    ) -> TraceResult<TraceStep, AffinityState> {
        TraceResult(packet, nodeAddresses: nodeAddresses) { connection in
            PacketWalk(connection, stations[packet.family] ?? [:], affinity: affinity)
        }
    }
}
