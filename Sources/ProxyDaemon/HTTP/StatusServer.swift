import Logging

/// Everything that is answered over HTTP: opens and closes servers where the routes are asked for, and lets the routes answer
/// from what is on the status board at that moment.
final class StatusServer: Sendable {
    /// All of them; of two for one listener and path the first answers.
    static let routes: [any StatusRoute] = [HealthCheckRoute()]

    private let board: StatusBoard
    private let routes: [any StatusRoute]
    private let listeners: ListenerSet

    init(
        _ board: StatusBoard, routes: [any StatusRoute] = StatusServer.routes, logger: Logger,
        limits: ListenerLimits = .ofProcess
    ) {
        self.board = board
        self.routes = routes
        listeners = ListenerSet(logger: logger, limits: limits)
    }

    /// Listens where the status says, and tries those places again where it could not; soon after, on another thread.
    func update() {
        let (routes, purposes) = Self.table(routes, board.status)
        listeners.update(to: purposes) { [board] listener, request in
            Self.answer(request, at: listener, routes[listener] ?? [], board.status)
        }
    }

    /// Closes all servers, soon after.
    func close() { listeners.close() }

    /// Who answers at each listener, and what for.
    private static func table(
        _ routes: [any StatusRoute], _ status: DaemonStatus
    ) -> (routes: [Listener: [any StatusRoute]], purposes: [Listener: String]) {
        var table: [Listener: [any StatusRoute]] = [:]
        for route in routes {
            for listener in route.listeners(status) { table[listener, default: []].append(route) }
        }
        return (table, table.mapValues { $0.map(\.purpose).joined(separator: ", ") })
    }

    /// The answer of the first route that has the path.
    static func answer(
        _ request: HTTPRequest, at listener: Listener, _ routes: [any StatusRoute], _ status: DaemonStatus
    ) -> HTTPAnswer {
        let path = request.path
        guard let route = routes.first(where: { $0.path == nil || $0.path == path }) else {
            return HTTPAnswer(status: 404, headers: [("Content-Type", "text/plain")], body: "404 page not found\n")
        }
        return route.answer(request, at: listener, status)
    }
}
