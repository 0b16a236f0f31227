package import NetworkValues

extension ServicePlan {
    /// Where flows to the Service's frontends may go on: to all endpoints that serve, whether they get new connections or
    /// not. Traffic policies and topology hints say where new connections go, and take no flow from its endpoint.
    ///
    /// - Parameter protocols: Those whose flows are ended; flows of the others end by themselves.
    /// - Returns: for each frontend without endpoints, an empty set.
    package func flowTargets(of protocols: Set<TransportProtocol>) -> [FlowPlace: Set<SocketAddress>] {
        var targets: [FlowPlace: Set<SocketAddress>] = [:]
        for port in ports where protocols.contains(port.name.transportProtocol) {
            let serving = Set(port.lingeringEndpoints)
            for frontend in port.frontends {
                targets[frontend.place.flowPlace(port.name.transportProtocol, port.family)] = serving
            }
        }
        return targets
    }
}

extension Frontend.Place {
    fileprivate func flowPlace(_ transportProtocol: TransportProtocol, _ family: IPFamily) -> FlowPlace {
        switch self {
        case .address(let address): .destination(FlowDestination(transportProtocol, address))
        case .nodePort(let port): .localPort(transportProtocol, family, port)
        }
    }
}

extension NodeView {
    /// The addresses at which flows to node ports are looked for.
    ///
    /// - Parameters:
    ///   - machineAddresses: All addresses of the machine's interfaces.
    ///   - loopback: Whether rules serve node ports at 127.0.0.0/8.
    package func nodePortAddresses(among machineAddresses: [IPAddress], loopback: Bool) -> Set<IPAddress> {
        let addresses = IPFamily.allCases.flatMap { family in
            switch nodePortAddresses[family] {
            case .only(let own)?: own
            case .all?, nil: machineAddresses.filter { $0.family == family }
            }
        }
        return Set(addresses.filter { !$0.isLoopback || ($0.family == .ipv4 && loopback) })
    }
}
