import Logging
import NIOCore
import NIOPosix

/// HTTP servers at places that come and go, on one thread of their own: nothing that a client does keeps the rest of the
/// daemon waiting, and nothing that the daemon does keeps a client waiting.
final class ListenerSet: Sendable {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let sockets: NIOLoopBoundBox<OpenSockets>

    /// No servers yet.
    ///
    /// - Parameters:
    ///   - logger: Gets a line for each place where a server cannot listen, once.
    init(logger: Logger, limits: ListenerLimits) {
        let loop = group.next()
        sockets = .makeBoxSendingValue(
            OpenSockets(loop, logger: logger, limits: limits), eventLoop: loop)
    }

    /// Opens and closes servers until they are at these places, soon after; tries those again that could not listen. Requests
    /// are answered by the route from then on.
    ///
    /// - Parameter listeners: For each, what cannot be done if it cannot be opened, such as `answer health checks`.
    func update(to listeners: [Listener: String], route: @escaping HTTPRoute) {
        sockets.eventLoop.execute { [sockets] in sockets.value.update(to: listeners, route: route) }
    }

    /// Ends all servers and connections, soon after. Nothing can be opened any more.
    func close() {
        group.shutdownGracefully { _ in }
    }
}
