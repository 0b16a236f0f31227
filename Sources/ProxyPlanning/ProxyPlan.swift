package import ClusterModel
package import NetworkValues

/// The identity of one port of a Service.
package struct ServicePortName: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The Service.
    package var service: NamespacedName

    /// The port's name; empty if the only port has none.
    package var port: String

    /// The port's protocol, which is part of the identity but not of the printed name.
    package var transportProtocol: TransportProtocol

    /// A port of a Service.
    package init(_ service: NamespacedName, _ port: String, _ transportProtocol: TransportProtocol) {
        self.service = service
        self.port = port
        self.transportProtocol = transportProtocol
    }

    /// `default/web:http`, or `default/web` for an unnamed port, as kube-proxy writes it.
    package var description: String { port.isEmpty ? "\(service)" : "\(service):\(port)" }

    /// By the printed name, then by protocol: kube-proxy's order has none, so that ours must only be stable.
    package static func < (lhs: Self, rhs: Self) -> Bool {
        let (left, right) = (lhs.description, rhs.description)
        return left != right ? left < right : lhs.transportProtocol < rhs.transportProtocol
    }
}

/// Which packets get the node's address as their source, besides those of an endpoint that reaches itself (hairpin),
/// which always do.
package enum Masquerading: String, Hashable, Sendable {
    /// None.
    case never
    /// Those that do not come from the cluster's own sources.
    case offCluster = "off-cluster"
    /// All.
    case always
}

/// Which of a Service port's endpoints a connection may go to.
package enum EndpointList: String, Hashable, Sendable, CaseIterable {
    /// Those for traffic policy Cluster.
    case cluster
    /// Those on this node, for traffic policy Local.
    case local
}

/// What happens to a new connection to a frontend.
package enum FrontendAction: Hashable, Sendable {
    /// It goes to one of the port's endpoints of this list, each equally likely; the list is not empty.
    case balance(EndpointList)
    /// It is refused: the Service has no endpoints at all.
    case reject
    /// It is dropped: the traffic policy is Local, and no endpoint is on this node.
    case drop
}

/// A way to reach a Service port.
package struct Frontend: Hashable, Sendable {
    /// How the Service came to it.
    package enum Kind: String, Hashable, Sendable {
        case clusterIP = "cluster IP"
        case externalIP = "external IP"
        case loadBalancerIP = "load balancer IP"
        case nodePort = "node port"
    }

    /// Where connections are addressed to.
    package enum Place: Hashable, Sendable, CustomStringConvertible {
        /// To an address of the Service.
        case address(SocketAddress)
        /// To this port of the node.
        case nodePort(UInt16)

        /// `10.96.0.10:80`, or `30080`.
        package var description: String {
            switch self {
            case .address(let address): address.description
            case .nodePort(let port): port.description
            }
        }
    }

    /// How the Service came to it.
    package var kind: Kind
    /// Where connections are addressed to.
    package var place: Place
    /// Which connections get the node's address.
    package var masquerading: Masquerading
    /// What happens to a new connection.
    package var action: FrontendAction
    /// Whether connections from the cluster's own sources and from the node itself go to the endpoints of the cluster
    /// list in any case, the latter with the node's address: what external traffic policy Local says is not for them.
    package var bypassesLocalPolicyForOwnTraffic: Bool
    /// From where connections are taken; others are dropped. Nil for anywhere.
    package var allowedSources: [IPPrefix]?

    /// A frontend.
    package init(
        kind: Kind, place: Place, masquerading: Masquerading, action: FrontendAction,
        bypassesLocalPolicyForOwnTraffic: Bool = false, allowedSources: [IPPrefix]? = nil
    ) {
        self.kind = kind
        self.place = place
        self.masquerading = masquerading
        self.action = action
        self.bypassesLocalPolicyForOwnTraffic = bypassesLocalPolicyForOwnTraffic
        self.allowedSources = allowedSources
    }
}

/// All that is to be done for one port of a Service in one address family.
package struct ServicePortPlan: Hashable, Sendable {
    /// Which port.
    package var name: ServicePortName
    /// Which address family; a dual-stack Service has a plan for each.
    package var family: IPFamily

    /// Session affinity: for how long a client stays with its endpoint after its last connection; nil for none.
    package var affinitySeconds: UInt32?

    /// The endpoints for traffic policy Cluster, sorted as kube-proxy sorts them; empty if no frontend uses the list.
    package var clusterEndpoints: [SocketAddress]

    /// The endpoints for traffic policy Local, sorted likewise; empty if no frontend uses the list.
    package var localEndpoints: [SocketAddress]

    /// Under which addresses it can be reached.
    package var frontends: [Frontend]

    /// How many endpoints are listed, whether they can be used or not.
    package var listedEndpointCount: Int

    /// Endpoints that are serving, whether they get new connections or not: the flows that they have go on. Empty for
    /// protocols whose flows end by themselves.
    package var lingeringEndpoints: [SocketAddress]

    /// The plan of a port.
    package init(
        name: ServicePortName, family: IPFamily, affinitySeconds: UInt32? = nil,
        clusterEndpoints: [SocketAddress] = [], localEndpoints: [SocketAddress] = [], frontends: [Frontend],
        listedEndpointCount: Int = 0, lingeringEndpoints: [SocketAddress] = []
    ) {
        self.name = name
        self.family = family
        self.affinitySeconds = affinitySeconds
        self.clusterEndpoints = clusterEndpoints
        self.localEndpoints = localEndpoints
        self.frontends = frontends
        self.listedEndpointCount = listedEndpointCount
        self.lingeringEndpoints = lingeringEndpoints
    }

    /// The endpoints of a list.
    package func endpoints(_ list: EndpointList) -> [SocketAddress] {
        switch list {
        case .cluster: clusterEndpoints
        case .local: localEndpoints
        }
    }

    /// The endpoints of a list, each as often as its share of new connections is greater than the others': a rule draws a slot,
    /// each equally likely.
    package func slots(_ list: EndpointList) -> [SocketAddress] { endpoints(list) }

    /// The lists that any frontend uses.
    package var usedLists: [EndpointList] {
        let used = frontends.map(lists)
        return EndpointList.allCases.filter { list in used.contains { $0.contains(list) } }
    }

    /// The lists with endpoints to which connections to the frontend may go, that for own traffic first.
    package func lists(of frontend: Frontend) -> [EndpointList] {
        var lists: [EndpointList] = []
        if frontend.bypassesLocalPolicyForOwnTraffic && frontend.action != .reject && !clusterEndpoints.isEmpty {
            lists.append(.cluster)
        }
        if case .balance(let list) = frontend.action, !lists.contains(list) { lists.append(list) }
        return lists
    }
}

/// What a load balancer is told that asks whether to send connections to this node.
package struct HealthCheck: Hashable, Sendable {
    /// The port of the node at which it asks (`spec.healthCheckNodePort`).
    package var nodePort: UInt16

    /// How many addresses of ready endpoints are on this node, for each family in which the Service has a cluster IP: each
    /// has a server of its own.
    package var localEndpointCounts: [IPFamily: Int]

    /// An answer.
    package init(nodePort: UInt16, localEndpointCounts: [IPFamily: Int]) {
        self.nodePort = nodePort
        self.localEndpointCounts = localEndpointCounts
    }
}

/// All that is to be done for one Service.
package struct ServicePlan: Hashable, Sendable {
    /// The cluster IPs that are the Service's to answer for; a connection to any other port of theirs is refused.
    package var clusterIPs: [IPAddress]

    /// The ports, in the order of the Service, IPv4 before IPv6.
    package var ports: [ServicePortPlan]

    /// What its load balancer is told; nil if nobody asks.
    package var healthCheck: HealthCheck?

    /// What of the Service and its endpoints was left out, and why.
    package var diagnostics: [Diagnostic]

    /// The plan of a Service.
    package init(clusterIPs: [IPAddress] = [], ports: [ServicePortPlan] = [], diagnostics: [Diagnostic] = []) {
        self.clusterIPs = clusterIPs
        self.ports = ports
        self.diagnostics = diagnostics
    }
}

/// What this node is to do for all Services: all policy is settled here, for every backend alike.
package struct ProxyPlan: Sendable {
    /// The node.
    package internal(set) var view: NodeView

    /// The Services that are proxied here.
    package internal(set) var services: [NamespacedName: ServicePlan] = [:]

    /// The blocks of all ServiceCIDRs, sorted, none inside another. Whatever goes to an address in them that is no Service's
    /// goes nowhere.
    package internal(set) var serviceCIDRs: [IPPrefix] = []

    /// What load balancers are told.
    package internal(set) var healthChecks: [NamespacedName: HealthCheck] = [:]

    /// What is not known of the node, or not any more.
    package internal(set) var nodeDiagnostics: [Diagnostic] = []

    /// What was left out: first of the node, then of any Service, sorted by Service.
    package var diagnostics: [Diagnostic] {
        nodeDiagnostics + services.sorted { $0.key < $1.key }.flatMap(\.value.diagnostics)
    }

    init(view: NodeView) {
        self.view = view
    }

    /// The same with other plans for these Services; nil takes one away.
    package func replacing(_ plans: [NamespacedName: ServicePlan?]) -> ProxyPlan {
        var plan = self
        for (name, other) in plans { plan.services[name] = other }
        return plan
    }
}
