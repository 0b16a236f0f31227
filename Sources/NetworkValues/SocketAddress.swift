/// Where a packet can be sent: an address and a port.
package struct SocketAddress: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The address.
    package let address: IPAddress

    /// The port number, 1...65535.
    package let port: UInt16

    /// An address and a port.
    package init(_ address: IPAddress, _ port: UInt16) {
        self.address = address
        self.port = port
    }

    /// By number; kube-proxy's order of endpoints is that of ``description``, compared as text.
    package static func < (lhs: SocketAddress, rhs: SocketAddress) -> Bool {
        lhs.address != rhs.address ? lhs.address < rhs.address : lhs.port < rhs.port
    }

    /// `10.0.0.1:80` or `[fd00::1]:80`, as Go's `net.JoinHostPort` writes it.
    package var description: String {
        address.family == .ipv4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    }
}
