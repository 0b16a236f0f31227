import NFTables
import NetworkValues
import ProxyPlanning

/// Session affinity ClientIP, in constant time.
///
/// A dynamic map of the Service port remembers each client's endpoint. The group draws an endpoint at random all the
/// same; `update` then makes an element for a new client, or gives an old client's element a new lease and leaves its
/// endpoint as it is, and DNAT follows the map.
enum NFTablesAffinity {
    /// The most clients that one Service port remembers; one more is balanced without being remembered.
    static let clientsMax: UInt32 = 65536

    static func group(endpointCount: Int, _ masquerading: Masquerading, view: NodeView, family: IPFamily) -> Chain {
        let key = NFTablesNames.slotKey(family, modulus: endpointCount)
        // ip daddr . meta l4proto . th dport . numgen random mod 3 vmap @sticky-backends
        let pick = Rule(.verdictMap(key, map: NFTablesNames.stickyBackends))
        return Chain(
            NFTablesNames.group(isSticky: true, endpointCount: endpointCount, masquerading),
            rules: NFTablesMasquerade.marking(masquerading, view: view, family: family) + [pick])
    }

    static func backends(of frontend: Tuple, _ endpoints: [SocketAddress], port: ServicePortName) -> SetElements {
        let elements = endpoints.enumerated().map { slot, endpoint in
            let chain = NFTablesNames.endpointChain(port, endpoint)
            return Element(frontend.appending(.number(UInt32(slot))), .verdict(.goto(chain)))
        }
        return SetElements(NFTablesNames.stickyBackends, elements)
    }

    /// The memory of a Service port.
    static func map(_ port: ServicePortName, family: IPFamily) -> SetDeclaration {
        SetDeclaration(
            NFTablesNames.affinityMap(port), key: [.sourceAddress(family)],
            contents: .values([.destinationAddress(family), .destinationPort]), isDynamic: true, size: clientsMax,
            comment: "the endpoint of each client")
    }

    /// What happens to a client for which an endpoint was drawn.
    static func endpointChain(_ port: ServicePortName, _ endpoint: SocketAddress, timeoutSeconds: UInt32) -> Chain {
        let map = NFTablesNames.affinityMap(port)
        let client: [Expression] = [.sourceAddress(endpoint.address.family)]
        let isOfPort = Statement.matchProtocol(port.transportProtocol)
        return Chain(
            NFTablesNames.endpointChain(port, endpoint),
            rules: [
                // update @affinity-… { ip saddr timeout 10800s : 10.0.0.1 . 80 }
                Rule(.updateMap(map, key: client, timeoutSeconds: timeoutSeconds, data: endpoint.tuple)),
                // meta l4proto tcp dnat ip to ip saddr map @affinity-…
                Rule(isOfPort, .dnatMap(endpoint.address.family, client, map: map)),
                // A full map takes no new client.
                // meta l4proto tcp dnat to 10.0.0.1:80
                Rule(isOfPort, .dnat(endpoint)),
            ])
    }
}
