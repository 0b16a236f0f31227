/// What the packets of a flow are addressed to, before any translation.
package struct FlowDestination: Hashable, Sendable {
    /// The protocol of the transport header.
    package var transportProtocol: TransportProtocol

    /// The address and port.
    package var address: SocketAddress

    /// A destination.
    package init(_ transportProtocol: TransportProtocol, _ address: SocketAddress) {
        self.transportProtocol = transportProtocol
        self.address = address
    }
}
