import ClusterModel
import NetworkValues
import ProxyPlanning

/// The answers at the health check node ports, which tell load balancers whether this node has endpoints (external traffic
/// policy Local).
struct HealthCheckRoute: StatusRoute {
    let purpose = "answer health checks"
    let path: String? = nil

    func listeners(_ status: DaemonStatus) -> Set<Listener> { status.healthChecks.listeners }

    func answer(_ request: HTTPRequest, at listener: Listener, _ status: DaemonStatus) -> HTTPAnswer {
        status.healthChecks.answer(at: listener, isHealthy: status.isInForce)
    }
}

/// What the plan says about health checks.
struct HealthChecks: Sendable {
    private struct Location: Hashable {
        let family: IPFamily
        let port: UInt16
    }

    private struct Claim {
        let service: NamespacedName
        let localEndpointCount: Int
    }

    private var claims: [Location: Claim] = [:]

    /// Where load balancers ask: in each family at all addresses if node ports are served at all of them, else at those only.
    private(set) var listeners: Set<Listener> = []

    /// No Service has any.
    init() {}

    init(_ plan: ProxyPlan) {
        // Of two Services with one port, which only files can hold, the plan has given it to one.
        for (service, check) in plan.healthChecks {
            for (family, count) in check.localEndpointCounts {
                let location = Location(family: family, port: check.nodePort)
                claims[location] = Claim(service: service, localEndpointCount: count)
                listeners.formUnion(Self.listeners(location, plan.view))
            }
        }
    }

    private static func listeners(_ location: Location, _ view: NodeView) -> [Listener] {
        let addresses: [IPAddress] =
            switch view.healthCheckAddresses[location.family] {
            case .only(let own)?: own
            case .all?: [.unspecified(location.family)]
            case nil: []
            }
        return addresses.map { Listener(address: $0, port: location.port) }
    }

    /// What kube-proxy answers, to the byte, whatever is asked (`pkg/proxy/healthcheck/service_health.go`).
    ///
    /// - Parameter isHealthy: Whether the rules in the kernel are those of the plan.
    func answer(at listener: Listener, isHealthy: Bool) -> HTTPAnswer {
        guard let claim = claims[Location(family: listener.address.family, port: listener.port)] else {
            return HTTPAnswer(status: 503, headers: [], body: "")
        }
        let isUp = claim.localEndpointCount > 0 && isHealthy
        let body = """
            {
            \t"service": {
            \t\t"namespace": "\(claim.service.namespace)",
            \t\t"name": "\(claim.service.name)"
            \t},
            \t"localEndpoints": \(claim.localEndpointCount),
            \t"serviceProxyHealthy": \(isHealthy)
            }
            """
        return HTTPAnswer(
            status: isUp ? 200 : 503,
            headers: [
                ("Content-Type", "application/json"), ("X-Content-Type-Options", "nosniff"),
                ("X-Load-Balancing-Endpoint-Weight", "\(claim.localEndpointCount)"),
            ], body: body)
    }
}
