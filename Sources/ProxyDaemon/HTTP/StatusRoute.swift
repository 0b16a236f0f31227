/// Something that is asked for over HTTP, and answered from the daemon's status alone.
protocol StatusRoute: Sendable {
    /// For the log: what cannot be done where no server can listen, such as `answer health checks`.
    var purpose: String { get }

    /// The path that it answers, such as `/metrics`, whatever the query; nil for all paths.
    var path: String? { get }

    /// Where it is asked for.
    func listeners(_ status: DaemonStatus) -> Set<Listener>

    /// Answers a request, without waiting for anything.
    func answer(_ request: HTTPRequest, at listener: Listener, _ status: DaemonStatus) -> HTTPAnswer
}

extension HTTPRequest {
    /// The target without the query.
    var path: String { String(target.prefix { $0 != "?" }) }
}
