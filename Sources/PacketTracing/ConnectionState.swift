import NetworkValues

/// The first packet of a connection on one way through the rules, and what conntrack knows of the connection.
struct ConnectionState {
    /// The packet as it is by now.
    var packet: Packet
    /// The random numbers of this way.
    var draws: RandomDraws
    /// The packet's mark.
    var mark: UInt32 = 0
    /// `IPS_DST_NAT`: set only where the translation changed something (`nf_nat_setup_info`).
    private(set) var isTranslated = false
    /// Whether the packet carries an address of the node as its source. It keeps its own here, as no rule reads it later
    /// and which address of the node it gets is a matter of routing.
    private(set) var isMasqueraded = false
    /// `IPS_DST_NAT_DONE` and `IPS_SRC_NAT_DONE`: no NAT chain is asked again for this connection.
    private var isDestinationSettled = false
    private var isSourceSettled = false
    private let nodeAddresses: Set<IPAddress>

    /// - Parameter nodeAddresses: packets to these are not forwarded but delivered to the node itself.
    init(_ packet: Packet, nodeAddresses: Set<IPAddress>, draws: RandomDraws) {
        self.packet = packet
        self.nodeAddresses = nodeAddresses
        self.draws = draws
    }

    /// Whether the address is of type `RTN_LOCAL` on the node.
    func isLocal(_ address: IPAddress) -> Bool { address.isLoopback || nodeAddresses.contains(address) }

    /// Whether routing delivers the packet to the node itself.
    fileprivate var isForNode: Bool { nodeAddresses.contains(packet.destination.address) }

    /// Whether no NAT chain of this hook is asked any more: prerouting and output settle the destination, the others the
    /// source.
    func isSettled(at hook: NetfilterHook) -> Bool {
        hook == .prerouting || hook == .output ? isDestinationSettled : isSourceSettled
    }

    /// Gives the connection another destination.
    mutating func translate(to address: SocketAddress) {
        isTranslated = address != packet.destination
        packet.destination = address
        isDestinationSettled = true
    }

    /// Gives the connection an address of the node as its source.
    mutating func masquerade() {
        isMasqueraded = true
        isSourceSettled = true
    }

    /// Notes that the NAT of this hook was done, even if no rule did anything (`nf_nat_alloc_null_binding`).
    fileprivate mutating func finishNAT(at hook: NetfilterHook) {
        switch hook {
        case .prerouting, .output: isDestinationSettled = true
        case .input, .postrouting: isSourceSettled = true
        case .forward: break
        }
    }
}

/// A packet that goes through one kind of rules.
protocol RuleWalk {
    associatedtype Step: Hashable & Sendable
    associatedtype Affinity: Hashable & Sendable

    var connection: ConnectionState { get set }

    /// What happened so far.
    var steps: [Step] { get }

    /// What the rules remember by now.
    var affinity: Affinity { get }

    /// Runs all chains of a hook.
    ///
    /// - Returns: nil if the packet goes on.
    mutating func pass(_ hook: NetfilterHook) -> PacketOutcome?
}

extension RuleWalk {
    /// Goes from hook to hook to the end.
    fileprivate mutating func run() -> PacketOutcome {
        let isLocal = connection.packet.origin == .local
        if let end = pass(isLocal ? [.output, .postrouting] : [.prerouting]) { return end }
        // Routing decides on the translated destination.
        let rest: [NetfilterHook] =
            switch (isLocal, connection.isForNode) {
            // A packet to the node itself comes back over the loopback interface.
            case (true, true): [.prerouting, .input]
            case (true, false): []
            case (false, true): [.input]
            case (false, false): [.forward, .postrouting]
            }
        return pass(rest)
            ?? .delivered(connection.packet.destination, isMasqueraded: connection.isMasqueraded)
    }

    private mutating func pass(_ hooks: [NetfilterHook]) -> PacketOutcome? {
        for hook in hooks {
            if let end = pass(hook) { return end }
            connection.finishNAT(at: hook)
        }
        return nil
    }
}

extension TraceResult {
    /// Finds all ways of a packet.
    ///
    /// - Parameter begin: where each of them begins.
    init<Walk: RuleWalk>(
        _ packet: Packet, nodeAddresses: Set<IPAddress>, _ begin: (ConnectionState) -> Walk
    ) where Walk.Step == Step, Walk.Affinity == Affinity {
        branches = []
        var next: RandomDraws? = RandomDraws()
        while let draws = next {
            var walk = begin(ConnectionState(packet, nodeAddresses: nodeAddresses, draws: draws))
            let outcome = walk.run()
            let drawn = walk.connection.draws
            branches.append(
                TraceBranch(
                    probability: drawn.probability, outcome: outcome, steps: walk.steps, affinity: walk.affinity))
            next = drawn.next
        }
    }
}
