public import NetworkValues

/// `-j DNAT`: another destination for the whole connection.
public struct DNATTarget: Hashable, Sendable {
    /// The new destination.
    public var destination: SocketAddress

    /// A new destination.
    public init(_ destination: SocketAddress) {
        self.destination = destination
    }

    var text: String { "-j DNAT --to-destination \(destination)" }
}
