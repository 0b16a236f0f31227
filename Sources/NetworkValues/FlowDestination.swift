/// What the packets of a flow are addressed to, before any translation.
public struct FlowDestination: Hashable, Sendable {
    /// The protocol of the transport header.
    public var transportProtocol: TransportProtocol

    /// The address and port.
    public var address: SocketAddress

    /// A destination.
    public init(_ transportProtocol: TransportProtocol, _ address: SocketAddress) {
        self.transportProtocol = transportProtocol
        self.address = address
    }
}
