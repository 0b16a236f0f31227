import NetfilterWire
package import NetworkValues

extension NetfilterSocket {
    /// Ends the flows that are addressed to one of these places and go on to none of its targets: the next packet of such a
    /// flow meets the rules anew.
    ///
    /// The corresponding command is `conntrack -D -p udp --orig-dst IP --orig-port-dst PORT`, for each flow alone. No other
    /// flow is touched. The kernel lists the flows of each family once.
    ///
    /// - Returns: how many there were.
    /// - Throws: ``ListingError``.
    package func endFlows(forbiddenBy flows: FlowTargets) throws(ListingError) -> Int {
        var count = 0
        for family in IPFamily.allCases {
            let protocols = flows.protocols(of: family)
            if protocols.isEmpty { continue }
            let only = protocols.count == 1 ? protocols.first : nil
            let forbidden = try self.flows(of: family, only: only) { $0.isForbidden(by: flows) }
            for entry in forbidden { try end(entry) }
            count += forbidden.count
        }
        return count
    }

    private func flows(
        of family: IPFamily, only: TransportProtocol?, where isWanted: (ConntrackEntry) -> Bool
    ) throws(ListingError) -> [ConntrackEntry] {
        var found: [ConntrackEntry] = []
        do {
            _ = try ask(ConntrackRequest.list(family, only: only)) { message throws(WireError) in
                if let entry = try ConntrackEntry(message), isWanted(entry) { found.append(entry) }
            }
        } catch .kernel where only != nil {
            // A kernel that knows filters, but not this one; or whatever it is then comes again.
            return try flows(of: family, only: nil, where: isWanted)
        }
        return found
    }

    /// That it has ended by itself meanwhile is fine.
    private func end(_ entry: ConntrackEntry) throws(ListingError) {
        do {
            _ = try ask(ConntrackRequest.delete(entry)) { _ in }
        } catch .kernel(let failure) where failure.errno == .noSuchObject {
            return
        }
    }
}
