import ClusterModel
import Logging
import NetworkValues
import ProxyPlanning

/// The HTTP servers at the health check node ports, which tell load balancers whether this node has endpoints (external
/// traffic policy Local).
final class HealthChecks: Sendable {
    private let listeners: ListenerSet

    init(logger: Logger, limits: ListenerLimits = .ofProcess) {
        listeners = ListenerSet(purpose: "answer health checks", logger: logger, limits: limits)
    }

    /// Opens and closes servers as the plan asks for, tries those again that could not listen, and changes the answers; all
    /// of it soon after, on another thread.
    ///
    /// - Parameter isHealthy: Whether the rules in the kernel are those of the plan.
    func update(to plan: ProxyPlan, isHealthy: Bool) {
        let answers = HealthAnswers(plan, isHealthy: isHealthy)
        listeners.update(to: answers.listeners(plan.view)) { listener, _ in answers.answer(at: listener) }
    }

    /// Closes all ports, soon after.
    func close() { listeners.close() }
}

/// What load balancers are told, a value.
struct HealthAnswers: Sendable {
    private struct Place: Hashable {
        let family: IPFamily
        let port: UInt16
    }

    private struct Claim {
        let service: NamespacedName
        let localEndpointCount: Int
    }

    private var claims: [Place: Claim] = [:]
    private let isHealthy: Bool

    init(_ plan: ProxyPlan, isHealthy: Bool) {
        self.isHealthy = isHealthy
        // Of two Services with one port, which only files can hold, the plan has given it to one.
        for (service, check) in plan.healthChecks {
            for (family, count) in check.localEndpointCounts {
                claims[Place(family: family, port: check.nodePort)] = Claim(service: service, localEndpointCount: count)
            }
        }
    }

    /// Where they ask: in each family at all addresses if node ports are served at all of them, else at those only.
    func listeners(_ view: NodeView) -> Set<Listener> {
        Set(
            claims.keys.flatMap { place -> [Listener] in
                let addresses: [IPAddress] =
                    switch view.healthCheckAddresses[place.family] {
                    case .only(let own)?: own
                    case .all?: [.unspecified(place.family)]
                    case nil: []
                    }
                return addresses.map { Listener(address: $0, port: place.port) }
            })
    }

    /// What kube-proxy answers, to the byte, whatever is asked (`pkg/proxy/healthcheck/service_health.go`).
    func answer(at listener: Listener) -> HTTPAnswer {
        guard let claim = claims[Place(family: listener.address.family, port: listener.port)] else {
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
