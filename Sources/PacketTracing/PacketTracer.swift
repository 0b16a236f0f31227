public import NFTables
public import NetworkValues

/// Rules that the kernel would not take.
public struct InvalidTables: Error, Hashable, CustomStringConvertible {
    /// What is wrong, one sentence for each defect.
    public var problems: [String]

    /// The problems, one a line.
    public var description: String { problems.joined(separator: "\n") }
}

/// Walks packets through tables and says what happens to them.
///
/// This is a second reading of the rules beside the kernel's, with its semantics: `nft_do_chain` of
/// net/netfilter/nf_tables_core.c for rules, `nf_nat_inet_fn` of net/netfilter/nf_nat_core.c for NAT chains.
public struct PacketTracer: Sendable {
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

    private let stations: [IPFamily: [BaseHook.Hook: [Station]]]
    private let nodeAddresses: Set<IPAddress>

    /// A tracer for all tables that a packet can meet.
    ///
    /// - Parameters:
    ///   - tables: the rules; a packet only meets those of its family.
    ///   - nodeAddresses: the addresses of the node, packets to which are not forwarded but delivered there.
    /// - Throws: what is wrong with the tables, if the kernel would not take them.
    public init(_ tables: [TableContents], nodeAddresses: Set<IPAddress> = []) throws(InvalidTables) {
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
    public func trace(_ packet: Packet, affinity: AffinityState = AffinityState()) -> TraceResult {
        var branches: [TraceBranch] = []
        var draws: RandomDraws? = RandomDraws()
        while let current = draws {
            var walk = PacketWalk(packet, affinity: affinity, draws: current)
            let outcome = run(&walk)
            branches.append(
                TraceBranch(
                    probability: walk.draws.probability, outcome: outcome, steps: walk.steps, affinity: walk.affinity))
            draws = walk.draws.next
        }
        return TraceResult(branches: branches)
    }

    private func run(_ walk: inout PacketWalk) -> PacketOutcome {
        let first: [BaseHook.Hook] = walk.packet.origin == .local ? [.output, .postrouting] : [.prerouting]
        if let end = pass(first, &walk) { return end }
        // Routing decides on the translated destination.
        let isForNode = nodeAddresses.contains(walk.packet.destination.address)
        let rest: [BaseHook.Hook] =
            switch (walk.packet.origin, isForNode) {
            // A packet to the node itself comes back over the loopback interface.
            case (.local, true): [.prerouting, .input]
            case (.local, false): []
            case (.forwarded, true): [.input]
            case (.forwarded, false): [.forward, .postrouting]
            }
        return pass(rest, &walk) ?? .delivered(walk.packet.destination, isMasqueraded: walk.isMasqueraded)
    }

    private func pass(_ hooks: [BaseHook.Hook], _ walk: inout PacketWalk) -> PacketOutcome? {
        for hook in hooks {
            for station in stations[walk.packet.family]?[hook] ?? [] {
                switch walk.pass(station) {
                case .returned, .accepted: continue
                case .dropped: return .dropped
                case .rejected: return .rejected
                }
            }
            walk.finishNAT(at: hook)
        }
        return nil
    }
}

/// The random numbers of one way through the rules: those drawn so far, and what to draw next.
///
/// All ways are found by counting through them like the digits of an odometer, walking anew for each.
struct RandomDraws {
    private var digits: [(value: UInt32, modulus: UInt32)] = []
    private var position = 0

    /// The next number: as planned, or 0 where nothing is planned yet.
    mutating func draw(modulus: UInt32) -> UInt32 {
        if position == digits.count { digits.append((0, modulus)) }
        precondition(digits[position].modulus == modulus, "the same draws led to another rule")
        position += 1
        return digits[position - 1].value
    }

    /// How likely exactly these numbers are.
    var probability: Fraction { digits.reduce(.one) { $0 * Fraction(1, UInt64($1.modulus)) } }

    /// The next plan, or nil if this was the last.
    var next: RandomDraws? {
        var plan = self
        plan.position = 0
        while let last = plan.digits.popLast() {
            if last.value + 1 < last.modulus {
                plan.digits.append((last.value + 1, last.modulus))
                return plan
            }
        }
        return nil
    }
}
