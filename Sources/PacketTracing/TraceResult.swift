package import NetworkValues
package import NFTables

/// What becomes of a packet in the end.
package enum PacketOutcome: Hashable, Sendable, CustomStringConvertible {
    /// It goes on to this address and port; masqueraded means that it carries an address of the node as its source.
    case delivered(SocketAddress, isMasqueraded: Bool)
    /// The sender is told at once that nobody is there.
    case rejected
    /// It vanishes.
    case dropped

    /// `to 10.64.0.1:8080, masqueraded`.
    package var description: String {
        switch self {
        case .delivered(let address, let isMasqueraded): "to \(address)" + (isMasqueraded ? ", masqueraded" : "")
        case .rejected: "rejected"
        case .dropped: "dropped"
        }
    }
}

/// One thing that one rule did to the packet.
package enum TraceEvent: Hashable, Sendable, CustomStringConvertible {
    /// The statement did not match, which ended the rule.
    case notMatched(Statement)
    /// A random number was drawn.
    case drew(UInt32, modulus: UInt32)
    /// The key was found in a set or map.
    case found(Tuple, in: String)
    /// The key was not in the set or map, which ended the rule.
    case missed(Tuple, in: String)
    /// The rule, or the map that it looked into, gave this verdict.
    case verdict(Verdict)
    /// The mark has this value from now on.
    case marked(UInt32)
    /// A new element of a dynamic map.
    case remembered(Tuple, in: String, as: Tuple)
    /// An element of a dynamic map that was there already, and keeps its value.
    case refreshed(Tuple, in: String, as: Tuple)
    /// A dynamic map had no room for another element, which ended the rule.
    case full(String)
    /// The destination changed.
    case translated(from: SocketAddress, to: SocketAddress)
    /// The source will be an address of the node.
    case masqueraded
    /// The sender is told that nobody is there.
    case rejected

    /// `10.96.0.10 . tcp . 80 is in services`.
    package var description: String {
        switch self {
        case .notMatched(let statement): "no match: \(statement.nftText)"
        case .drew(let number, let modulus): "drew \(number) of 0..<\(modulus)"
        case .found(let key, let set): "\(key.nftText) is in \(set)"
        case .missed(let key, let set): "\(key.nftText) is not in \(set)"
        case .verdict(let verdict): verdict.nftText
        case .marked(let value): "mark is now 0x\(String(value, radix: 16))"
        case .remembered(let key, let map, let value): "\(map) remembers \(key.nftText) : \(value.nftText)"
        case .refreshed(let key, let map, let value): "\(map) still has \(key.nftText) : \(value.nftText)"
        case .full(let map): "\(map) is full"
        case .translated(let old, let new): "destination \(old) becomes \(new)"
        case .masqueraded: "source becomes an address of the node"
        case .rejected: "rejected"
        }
    }
}

/// Where something happened to a packet, and what.
package struct TraceStep: Hashable, Sendable, CustomStringConvertible {
    /// The hook of the base chain that led here.
    package var hook: NetfilterHook

    /// The table.
    package var table: TableID

    /// The chain.
    package var chain: String

    /// The rule's place in the chain, from 0.
    package var ruleIndex: Int

    /// The rule itself.
    package var rule: Rule

    /// What it did.
    package var event: TraceEvent

    /// `ip switchyard pick-3: drew 0 of 0..<3`.
    package var description: String { "\(table) \(chain): \(event)" }
}

/// One way that a packet can go.
package struct TraceBranch<Step: Hashable & Sendable, Affinity: Hashable & Sendable>: Hashable, Sendable {
    /// How likely it is, given the packet and the affinity that it met.
    package var probability: Fraction

    /// What becomes of the packet.
    package var outcome: PacketOutcome

    /// What happened on the way, in order.
    package var steps: [Step]

    /// What the rules remember after the packet.
    package var affinity: Affinity
}

/// All ways that a packet can go. Their probabilities add up to 1.
package struct TraceResult<Step: Hashable & Sendable, Affinity: Hashable & Sendable>: Hashable, Sendable {
    /// The ways, in the order in which rules end them.
    package var branches: [TraceBranch<Step, Affinity>]

    /// How likely each outcome is, whichever way it is reached.
    package var outcomes: [PacketOutcome: Fraction] {
        branches.reduce(into: [:]) { $0[$1.outcome, default: .zero] = $0[$1.outcome, default: .zero] + $1.probability }
    }
}
