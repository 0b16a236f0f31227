package import NetworkValues
package import NFTables

/// The first packet of a connection.
///
/// Only the first one is ever traced: NAT rules see no other, and the rest of the connection follows it by conntrack.
package struct Packet: Hashable, Sendable {
    /// Where the packet meets the node's rules.
    package enum Origin: String, Hashable, Sendable {
        /// It comes from elsewhere, a pod or another machine: prerouting first.
        case forwarded
        /// A process on the node sends it: output first.
        case local
    }

    /// Who sends it.
    package var source: SocketAddress

    /// Where it is sent to, before any translation.
    package var destination: SocketAddress

    /// The protocol of its transport header.
    package var transportProtocol: TransportProtocol

    /// Where it meets the node's rules.
    package var origin: Origin

    /// The interface on which it comes; nil for one of the node's own processes, or if no rule asks.
    package var inputInterface: String?

    /// A packet.
    ///
    /// - Precondition: both addresses are of one family.
    package init(
        source: SocketAddress, destination: SocketAddress, protocol transportProtocol: TransportProtocol,
        origin: Origin, inputInterface: String? = nil
    ) {
        precondition(source.address.family == destination.address.family, "a packet of two address families")
        self.source = source
        self.destination = destination
        self.transportProtocol = transportProtocol
        self.origin = origin
        self.inputInterface = inputInterface
    }

    /// The address family.
    package var family: IPFamily { destination.address.family }
}

/// The elements that packets have put into the dynamic maps: which client belongs to which endpoint.
///
/// Time does not pass here; a client whose time is over is one that ``forget(_:in:of:)`` was called for.
package struct AffinityState: Hashable, Sendable {
    private var maps: [TableID: [String: [Tuple: Tuple]]] = [:]

    /// No client is known.
    package init() {}

    /// The value that the map holds for the key.
    package func value(of key: Tuple, in map: String, of table: TableID) -> Tuple? { maps[table]?[map]?[key] }

    /// How many elements the map holds.
    package func count(in map: String, of table: TableID) -> Int { maps[table]?[map]?.count ?? 0 }

    /// Adds an element or gives it another value.
    package mutating func set(_ value: Tuple, for key: Tuple, in map: String, of table: TableID) {
        maps[table, default: [:]][map, default: [:]][key] = value
    }

    /// Removes an element, as its timeout does.
    package mutating func forget(_ key: Tuple, in map: String, of table: TableID) {
        maps[table]?[map]?[key] = nil
    }
}
