import ClusterModel
import FlyingFox
import FlyingSocks
import Foundation
import Logging
import NetworkValues
import ProxyPlanning

/// The HTTP servers at the health check node ports, which tell load balancers whether this node has endpoints (external
/// traffic policy Local).
actor HealthChecks {
    /// Where a server listens; without an address at all addresses of both families.
    fileprivate struct Place: Hashable, CustomStringConvertible {
        let address: IPAddress?
        let port: UInt16

        var description: String { address.map { SocketAddress($0, port).description } ?? "port \(port)" }
    }

    private struct Answer {
        let service: NamespacedName
        let localEndpointCount: Int
    }

    private let logger: Logger
    private var answers: [UInt16: Answer] = [:]
    private var isHealthy = false
    private var servers: [Place: Task<Void, Never>] = [:]
    /// Servers that could not listen; a line in the log for each, once.
    private var failed: Set<Place> = []

    init(logger: Logger) { self.logger = logger }

    deinit {
        for server in servers.values { server.cancel() }
    }

    /// Opens and closes servers as the plan asks for, tries those again that could not listen, and changes the answers.
    ///
    /// - Parameter isHealthy: Whether the rules in the kernel are those of the plan.
    func update(to plan: ProxyPlan, isHealthy: Bool) {
        self.isHealthy = isHealthy
        answers = [:]
        // Of two Services with one port, which only files can hold, the first by name has it.
        for (name, check) in plan.healthChecks.sorted(by: { $0.key > $1.key }) {
            answers[check.nodePort] = Answer(service: name, localEndpointCount: check.localEndpointCount)
        }
        let addresses = plan.view.healthCheckAddresses
        let wanted = Set(answers.keys.flatMap { port in addresses.map { Place(address: $0, port: port) } })
        for (place, server) in servers where !wanted.contains(place) {
            server.cancel()
            servers[place] = nil
        }
        failed.formIntersection(wanted)
        for place in wanted where servers[place] == nil { open(place) }
    }

    private func open(_ place: Place) {
        servers[place] = Task { [weak self] in
            let handler = ClosureHTTPHandler { [weak self] _ in
                await self?.response(at: place.port) ?? HTTPResponse(statusCode: .serviceUnavailable)
            }
            do {
                try await HTTPServer(
                    address: try place.socketAddress, timeout: 15, logger: .disabled, handler: handler
                ).run()
            } catch {
                await self?.noteEnd(of: place, error)
            }
        }
    }

    private func noteEnd(of place: Place, _ error: any Error) {
        if Task.isCancelled { return }
        servers[place] = nil
        if failed.insert(place).inserted {
            logger.error("cannot answer health checks at \(place), trying again: \(error)")
        }
    }

    /// What kube-proxy answers, to the byte (`pkg/proxy/healthcheck/service_health.go`).
    private func response(at port: UInt16) -> HTTPResponse {
        guard let answer = answers[port] else { return HTTPResponse(statusCode: .serviceUnavailable) }
        let isUp = answer.localEndpointCount > 0 && isHealthy
        let body = """
            {
            \t"service": {
            \t\t"namespace": "\(answer.service.namespace)",
            \t\t"name": "\(answer.service.name)"
            \t},
            \t"localEndpoints": \(answer.localEndpointCount),
            \t"serviceProxyHealthy": \(isHealthy)
            }
            """
        var headers = HTTPHeaders()
        headers[.contentType] = "application/json"
        headers[HTTPHeader("X-Content-Type-Options")] = "nosniff"
        headers[HTTPHeader("X-Load-Balancing-Endpoint-Weight")] = "\(answer.localEndpointCount)"
        return HTTPResponse(statusCode: isUp ? .ok : .serviceUnavailable, headers: headers, body: Data(body.utf8))
    }
}

extension HealthChecks.Place {
    fileprivate var socketAddress: any FlyingSocks.SocketAddress {
        get throws {
            switch address {
            case nil: sockaddr_in6.inet6(port: port)
            case let address? where address.family == .ipv4:
                try sockaddr_in.inet(ip4: address.description, port: port)
            case let address?: try sockaddr_in6.inet6(ip6: address.description, port: port)
            }
        }
    }
}

extension NodeView {
    /// Where health checks are answered: where node ports are served; nil stands for everywhere.
    fileprivate var healthCheckAddresses: [IPAddress?] {
        var addresses: [IPAddress?] = []
        for family in IPFamily.allCases {
            guard case .only(let own)? = nodePortAddresses[family] else { return [nil] }
            addresses += own
        }
        return addresses
    }
}
