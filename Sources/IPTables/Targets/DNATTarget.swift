package import NetworkValues

/// `-j DNAT`: another destination for the whole connection.
package struct DNATTarget: Hashable, Sendable {
    /// The new destination.
    package var destination: SocketAddress

    /// A new destination.
    package init(_ destination: SocketAddress) {
        self.destination = destination
    }

    var text: String { "-j DNAT --to-destination \(destination)" }
}
