package import NetworkValues

/// `-m tcp`, `-m udp` and `-m sctp`: the destination port, or only that the header is whole.
package struct PortMatch: Hashable, Sendable {
    /// The protocol, which the rule must have in `-p` too.
    package var transportProtocol: TransportProtocol
    /// `--dport`, nil for any.
    package var destinationPort: UInt16?

    /// A destination port of the protocol.
    package init(_ transportProtocol: TransportProtocol, destinationPort: UInt16? = nil) {
        self.transportProtocol = transportProtocol
        self.destinationPort = destinationPort
    }

    var text: String { "-m \(transportProtocol)" + (destinationPort.map { " --dport \($0)" } ?? "") }

    func problems(in rule: XTRule) -> [String] {
        rule.transportProtocol == transportProtocol ? [] : ["-m \(transportProtocol) without -p \(transportProtocol)"]
    }
}
