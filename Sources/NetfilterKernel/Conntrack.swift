import NetfilterWire
public import NetworkValues

extension NetfilterSocket {
    /// Ends the flows to these destinations that are translated to anywhere but their targets, or not at all: the next
    /// packet of such a flow meets the rules anew.
    ///
    /// The corresponding command is `conntrack -D -p udp --orig-dst IP --orig-port-dst PORT`, for each flow alone. No other
    /// flow is touched.
    ///
    /// - Returns: how many there were.
    /// - Throws: ``ListingError``.
    public func endFlows(astrayFrom targets: [FlowDestination: Set<SocketAddress>]) throws(ListingError) -> Int {
        var count = 0
        for family in IPFamily.allCases {
            let concerned = targets.filter { $0.key.address.address.family == family }
            if !concerned.isEmpty { count += try endFlows(of: family, astrayFrom: concerned) }
        }
        return count
    }

    private func endFlows(
        of family: IPFamily, astrayFrom targets: [FlowDestination: Set<SocketAddress>]
    ) throws(ListingError) -> Int {
        var astray: [ConntrackEntry] = []
        _ = try ask(ConntrackRequest.list(family)) { message throws(WireError) in
            if let entry = try ConntrackEntry(message), entry.isAstray(from: targets) { astray.append(entry) }
        }
        for entry in astray {
            do {
                _ = try ask(ConntrackRequest.delete(entry)) { _ in }
            } catch .kernel(let failure) where failure.errno == .noSuchObject {
                continue  // It has ended by itself.
            }
        }
        return astray.count
    }
}
