/// What flows are addressed to, as far as rules ask.
package enum FlowPlace: Hashable, Sendable {
    /// An address and port.
    case destination(FlowDestination)
    /// A port, at whichever address is local.
    case localPort(TransportProtocol, IPFamily, UInt16)

    /// The family of the flows.
    package var family: IPFamily {
        switch self {
        case .destination(let destination): destination.address.address.family
        case .localPort(_, let family, _): family
        }
    }

    /// The protocol of the flows.
    package var transportProtocol: TransportProtocol {
        switch self {
        case .destination(let destination): destination.transportProtocol
        case .localPort(let transportProtocol, _, _): transportProtocol
        }
    }
}

/// For each place that flows are addressed to, where they may go; flows to any other place are nobody's business.
package struct FlowTargets: Hashable, Sendable {
    /// The targets by place. Without any, no flow may go on there.
    package var targets: [FlowPlace: Set<SocketAddress>]

    /// The addresses at which local ports are meant; 127.0.0.1 stands for all of 127.0.0.0/8.
    package var localAddresses: Set<IPAddress>

    /// Flows to these places; without any, all flows may go where they will.
    package init(_ targets: [FlowPlace: Set<SocketAddress>] = [:], localAddresses: Set<IPAddress> = []) {
        self.targets = targets
        self.localAddresses = localAddresses
    }

    /// The protocols of the places of a family.
    package func protocols(of family: IPFamily) -> Set<TransportProtocol> {
        Set(targets.keys.lazy.filter { $0.family == family }.map(\.transportProtocol))
    }

    /// Whether a flow that is addressed there must not go on to where it goes.
    ///
    /// As in the rules, a place with an address comes before a local port, unless it has no targets.
    package func forbid(_ destination: FlowDestination, to target: SocketAddress) -> Bool {
        let own = targets[.destination(destination)]
        if let own, !own.isEmpty { return !own.contains(target) }
        guard let allowed = localTargets(of: destination) ?? own else { return false }
        return !allowed.contains(target)
    }

    private func localTargets(of destination: FlowDestination) -> Set<SocketAddress>? {
        let (address, port) = (destination.address.address, destination.address.port)
        guard localAddresses.contains(address.isLoopback ? .loopback(address.family) : address) else { return nil }
        return targets[.localPort(destination.transportProtocol, address.family, port)]
    }
}
