import NFTables
import NetworkValues
import ProxyPlanning

/// Load balancing: a frontend's group draws a number, and the number's endpoint gets the connection.
enum NFTablesBalancing {
    /// The chain that all frontends with as many endpoints and the same treatment share.
    static func group(endpointCount: Int, _ masquerading: Masquerading, view: NodeView, family: IPFamily) -> Chain {
        let key = NFTablesNames.slotKey(family, modulus: endpointCount)
        // dnat ip to ip daddr . meta l4proto . th dport . numgen random mod 3 map @backends
        let pick = Rule(.dnatMap(family, key, map: NFTablesNames.backends))
        return Chain(
            NFTablesNames.group(isSticky: false, endpointCount: endpointCount, masquerading),
            rules: NFTablesMasquerade.marking(masquerading, view: view, family: family) + [pick])
    }

    /// A frontend's endpoints, by number.
    static func backends(of frontend: Tuple, _ endpoints: [SocketAddress]) -> SetElements {
        let elements = endpoints.enumerated().map { slot, endpoint in
            Element(frontend.appending(.number(UInt32(slot))), .value(endpoint.tuple))
        }
        return SetElements(NFTablesNames.backends, elements)
    }
}

extension SocketAddress {
    /// `10.0.0.1 . 80`.
    var tuple: Tuple { Tuple(.address(address), .port(port)) }
}
