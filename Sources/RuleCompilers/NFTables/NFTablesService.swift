import NFTables
import NetworkValues
import ProxyPlanning

/// What one Service puts into the table of one family.
struct NFTablesService {
    private let view: NodeView
    private let family: IPFamily
    private var fragment = Fragment()
    private var elements: [String: [Element]] = [:]
    private var endpoints: Set<SocketAddress> = []

    /// - Returns: nil if the Service has nothing in this family.
    static func fragment(_ service: ServicePlan, view: NodeView, family: IPFamily) -> Fragment? {
        var compiler = NFTablesService(view: view, family: family)
        let clusterIPs = service.clusterIPs.filter { $0.family == family }
        compiler.append(clusterIPs.map { Element(Tuple(.address($0))) }, to: NFTablesNames.clusterIPs)
        for port in service.ports where port.family == family { compiler.add(port) }
        return compiler.finished()
    }

    private init(view: NodeView, family: IPFamily) {
        self.view = view
        self.family = family
    }

    private mutating func append(_ new: [Element], to set: String) {
        if !new.isEmpty { elements[set, default: []] += new }
    }

    private mutating func add(_ port: ServicePortPlan) {
        var reachable: Set<SocketAddress> = []
        // Only cluster IPs so far: the other kinds are served in iptables mode alone.
        for frontend in port.frontends where frontend.kind == .clusterIP {
            guard case .address(let place) = frontend.place else { continue }
            let key = Tuple(
                .address(place.address), .transportProtocol(port.name.transportProtocol), .port(place.port))
            let comment = NFTablesNames.comment(port.name.description)
            if case .balance(let list) = frontend.action {
                let endpoints = port.endpoints(list)
                let group = addGroup(of: frontend, key: key, endpoints, port)
                append([Element(key, .verdict(.goto(group)), comment: comment)], to: NFTablesNames.services)
                reachable.formUnion(endpoints)
            }
            if let verdict = NFTablesRejects.verdict(for: frontend.action) {
                append([Element(key, .verdict(verdict), comment: comment)], to: NFTablesNames.undeliverable)
            }
        }
        endpoints.formUnion(reachable)
        if let seconds = port.affinitySeconds, !reachable.isEmpty {
            let affinity = NFTablesAffinity(
                port.name, family: family, Array(reachable), timeoutSeconds: seconds)
            fragment.sets += affinity.sets
            fragment.chains += affinity.endpointChains
            fragment.dynamicValues += affinity.dynamicValues
        }
    }

    /// - Returns: the name of the chain that picks one of the endpoints.
    private mutating func addGroup(
        of frontend: Frontend, key: Tuple, _ endpoints: [SocketAddress], _ port: ServicePortPlan
    ) -> String {
        let list: SetElements
        let group: Chain
        if port.affinitySeconds == nil {
            list = NFTablesBalancing.backends(of: key, endpoints)
            group = NFTablesBalancing.group(
                endpointCount: endpoints.count, frontend.masquerading, view: view, family: family)
        } else {
            list = NFTablesAffinity.backends(of: key, endpoints, port: port.name)
            group = NFTablesAffinity.group(
                endpointCount: endpoints.count, frontend.masquerading, view: view, family: family)
        }
        append(list.elements, to: list.set)
        if !fragment.sharedChains.contains(group) { fragment.sharedChains.append(group) }
        return group.name
    }

    private func finished() -> Fragment? {
        if elements.isEmpty { return nil }
        var result = fragment
        result.elements = elements.sorted { $0.key < $1.key }.map { SetElements($0.key, $0.value) }
        let hairpins = NFTablesMasquerade.hairpins(endpoints)
        if !hairpins.keys.isEmpty { result.sharedKeys = [hairpins] }
        return result
    }
}
