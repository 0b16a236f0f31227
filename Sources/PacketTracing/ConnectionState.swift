import NetworkValues

/// The first packet of a connection on one way through the rules, and what conntrack knows of the connection.
struct ConnectionState {
    /// The packet as it is by now.
    var packet: Packet
    /// How likely this way is.
    var probability = Fraction.one
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
    init(_ packet: Packet, nodeAddresses: Set<IPAddress>) {
        self.packet = packet
        self.nodeAddresses = nodeAddresses
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

/// A packet on its way through one kind of rules. Whatever depends on chance makes several ways of one.
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
    /// - Returns: the ways that the packet can go there.
    func pass(_ hook: NetfilterHook) -> [Way<Self, PacketOutcome>]
}

/// What came of a part of the rules in one case.
struct Way<Walk, End> {
    /// The packet after it.
    var walk: Walk
    /// What ended it; nil if nothing did, and the packet goes on.
    var end: End?

    init(_ walk: Walk, _ end: End? = nil) {
        self.walk = walk
        self.end = end
    }
}

extension RuleWalk {
    /// Goes from hook to hook to the end.
    fileprivate func run() -> [(walk: Self, outcome: PacketOutcome)] {
        let isLocal = connection.packet.origin == .local
        let first = pass(isLocal ? [.output, .postrouting] : [.prerouting])
        return goOn(first) { $0.pass($0.hooksAfterRouting(isLocal: isLocal)) }.map { way in
            let packet = way.walk.connection.packet
            let isMasqueraded = way.walk.connection.isMasqueraded
            return (way.walk, way.end ?? .delivered(packet.destination, isMasqueraded: isMasqueraded))
        }
    }

    /// Routing decides on the translated destination.
    private func hooksAfterRouting(isLocal: Bool) -> [NetfilterHook] {
        switch (isLocal, connection.isForNode) {
        // A packet to the node itself comes back over the loopback interface.
        case (true, true): [.prerouting, .input]
        case (true, false): []
        case (false, true): [.input]
        case (false, false): [.forward, .postrouting]
        }
    }

    private func pass(_ hooks: [NetfilterHook]) -> [Way<Self, PacketOutcome>] {
        hooks.reduce([Way(self)]) { ways, hook in
            goOn(ways) { walk in
                walk.pass(hook).map { way in
                    var way = way
                    if way.end == nil { way.walk.connection.finishNAT(at: hook) }
                    return way
                }
            }
        }
    }
}

/// Lets those that go on go through something more.
func goOn<Walk, End>(_ ways: [Way<Walk, End>], _ pass: (Walk) -> [Way<Walk, End>]) -> [Way<Walk, End>] {
    ways.flatMap { $0.end == nil ? pass($0.walk) : [$0] }
}

extension TraceResult {
    /// Finds all ways of a packet.
    ///
    /// - Parameter begin: the packet before any rule.
    init<Walk: RuleWalk>(
        _ packet: Packet, nodeAddresses: Set<IPAddress>, _ begin: (ConnectionState) -> Walk
    ) where Walk.Step == Step, Walk.Affinity == Affinity {
        branches = begin(ConnectionState(packet, nodeAddresses: nodeAddresses)).run().map { walk, outcome in
            TraceBranch(
                probability: walk.connection.probability, outcome: outcome, steps: walk.steps, affinity: walk.affinity)
        }
    }
}
