import NetworkValues
import NFTables
import ProxyPlanning

/// Load balancing: a frontend's group draws a number, and the number's endpoint gets the connection.
///
/// A group is all frontends that are looked up alike, have as many endpoints, and are treated alike.
struct NFTablesBalancing {
    /// How the frontends are looked up.
    let lookup: NFTablesLookup
    /// Whether clients are remembered.
    let isSticky: Bool
    /// The node, and how rules are written.
    let context: RuleContext
    /// The address family.
    let family: IPFamily

    /// The chain that picks one of so many endpoints.
    ///
    /// - Parameter offset: the number of the first one.
    func pick(_ count: Int, from offset: Int = 0, _ masquerading: Masquerading = .never) -> Chain {
        let number = Expression.randomNumber(modulus: UInt32(count), offset: UInt32(offset))
        let key = lookup.key(family) + [number]
        // dnat ip to ip daddr . meta l4proto . th dport . numgen random mod 3 map @backends
        // ip daddr . meta l4proto . th dport . numgen random mod 3 vmap @sticky-backends
        let pick =
            isSticky
            ? Rule(.verdictMap(key, map: lookup.stickyBackends))
            : Rule(.dnatMap(family, key, map: lookup.backends))
        return Chain(
            name("\(count)" + (offset == 0 ? "" : "-from-\(offset)") + masquerading.suffix),
            rules: NFTablesMasquerade.marking(masquerading, context, family: family) + [pick])
    }

    /// The chain for external traffic policy Local, which pods of this cluster and the node itself bypass: they get any
    /// of the endpoints for policy Cluster, which come first, others one of the local ones, if there is one.
    func route(cluster: Int, local: Int) -> [Chain] {
        let everywhere = cluster == 0 ? nil : pick(cluster)
        let here = local == 0 ? nil : pick(local, from: cluster)
        let rules = Self.routing(everywhere: everywhere?.name, here: here?.name, context, family: family)
        let chains = [everywhere, here].compactMap { $0 }
        return chains + [Chain(name("\(cluster)-or-\(local)-local"), rules: rules)]
    }

    /// The rules of external traffic policy Local.
    ///
    /// - Parameters:
    ///   - everywhere: the chain for pods and the node, nil if there are no endpoints at all.
    ///   - here: the chain for others, nil if there are no endpoints on this node.
    static func routing(everywhere: String?, here: String?, _ context: RuleContext, family: IPFamily) -> [Rule] {
        var rules: [Rule] = []
        if let everywhere {
            if let own = context.view.podTraffic[family] {
                // ip saddr 10.64.0.0/16 goto pick-3
                rules.append(Rule(own.match(isNegated: false), .verdict(.goto(everywhere))))
            }
            // fib saddr type local meta mark set meta mark | 0x00004000 goto pick-3
            rules.append(
                Rule(.matchLocal(.source), .setMarkBits(context.settings.masqueradeMark), .verdict(.goto(everywhere))))
        }
        // goto pick-2-from-3
        if let here { rules.append(Rule(.verdict(.goto(here)))) }
        return rules
    }

    private func name(_ treatment: String) -> String {
        "\(isSticky ? "sticky" : "pick")\(lookup == .nodePort ? "-node-port" : "")-\(treatment)"
    }

    /// The elements of a frontend, by number.
    func backends(of frontend: Tuple, _ port: ServicePortPlan, _ lists: [EndpointList]) -> SetElements {
        let elements = lists.flatMap(port.slots).enumerated().map { slot, endpoint in
            let key = frontend.appending(.number(UInt32(slot)))
            guard isSticky else { return Element(key, .value(endpoint.tuple)) }
            return Element(key, .verdict(.goto(NFTablesNames.endpointChain(port.name, endpoint))))
        }
        return SetElements(isSticky ? lookup.stickyBackends : lookup.backends, elements)
    }
}

extension Masquerading {
    /// The part of a group's name.
    fileprivate var suffix: String {
        switch self {
        case .never: ""
        case .offCluster: "-masquerade-off-cluster"
        case .always: "-masquerade"
        }
    }
}

/// How a packet is matched with frontends, and in which maps.
enum NFTablesLookup: CaseIterable {
    /// By address, protocol and port.
    case address
    /// By protocol and port, for the node's addresses.
    case nodePort

    func key(_ family: IPFamily) -> [Expression] {
        switch self {
        case .address: NFTablesNames.frontendKey(family)
        case .nodePort: NFTablesNames.nodePortKey
        }
    }

    /// Each frontend with endpoints, and how it picks one.
    var frontends: String { self == .address ? NFTablesNames.services : NFTablesNames.nodePorts }

    /// The endpoints of each frontend.
    var backends: String { self == .address ? NFTablesNames.backends : NFTablesNames.nodePortBackends }

    /// The same with session affinity.
    var stickyBackends: String {
        self == .address ? NFTablesNames.stickyBackends : NFTablesNames.stickyNodePortBackends
    }

    /// Frontends without a usable endpoint.
    var undeliverable: String {
        self == .address ? NFTablesNames.undeliverable : NFTablesNames.undeliverableNodePorts
    }
}

extension Frontend {
    /// How packets are matched with it.
    var lookup: NFTablesLookup {
        switch place {
        case .address: .address
        case .nodePort: .nodePort
        }
    }

    /// `10.96.0.10 . tcp . 80`, or `tcp . 30080`.
    func key(_ transportProtocol: TransportProtocol) -> Tuple {
        switch place {
        case .address(let place):
            Tuple(.address(place.address), .transportProtocol(transportProtocol), .port(place.port))
        case .nodePort(let number): Tuple(.transportProtocol(transportProtocol), .port(number))
        }
    }
}

extension SocketAddress {
    /// `10.0.0.1 . 80`.
    var tuple: Tuple { Tuple(.address(address), .port(port)) }
}
