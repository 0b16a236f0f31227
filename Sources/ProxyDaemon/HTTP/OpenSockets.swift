import Glibc
import Logging
import NetworkValues
import NIOCore
import NIOHTTP1
import NIOPosix

/// Where a server listens; the unspecified address stands for all addresses of its family.
struct Listener: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The address.
    var address: IPAddress
    /// The TCP port.
    var port: UInt16

    var description: String { NetworkValues.SocketAddress(address, port).description }

    static func < (lhs: Listener, rhs: Listener) -> Bool {
        lhs.port != rhs.port ? lhs.port < rhs.port : lhs.address < rhs.address
    }
}

/// The sockets of a ``ListenerSet``, on its thread.
final class OpenSockets {
    private struct Refusal: Error {}

    private let loop: any EventLoop
    private let logger: Logger
    private let limits: ListenerLimits
    private var route: HTTPRoute = { _, _ in HTTPAnswer(status: 503, headers: [], body: "") }
    /// For each, what cannot be done if it cannot be opened.
    private var wanted: [Listener: String] = [:]
    private var opening: Set<Listener> = []
    private var servers: [Listener: any Channel] = [:]
    /// Where no server could listen; a line in the log for each, once.
    private var failed: Set<Listener> = []
    private var connections: [Listener: [ObjectIdentifier: any Channel]] = [:]
    private var connectionCount = 0
    private var leftOut = 0
    private var lastComplaint: NIODeadline?

    init(_ loop: any EventLoop, logger: Logger, limits: ListenerLimits) {
        self.loop = loop
        self.logger = logger
        self.limits = limits
    }

    func update(to listeners: [Listener: String], route: @escaping HTTPRoute) {
        self.route = route
        let sorted = listeners.sorted { $0.key < $1.key }
        wanted = Dictionary(uniqueKeysWithValues: sorted.prefix(limits.listeners).map { ($0.key, $0.value) })
        let excess = listeners.count - wanted.count
        if excess > 0 && leftOut == 0 {
            let purpose = sorted[wanted.count].value
            logger.error(
                "cannot \(purpose) at \(excess) of \(listeners.count) places: at most \(limits.listeners) can be open")
        }
        leftOut = excess
        // First those that go: one for all addresses is in the way of one for a single address.
        for (listener, server) in servers where wanted[listener] == nil {
            servers[listener] = nil
            server.close(promise: nil)
            for connection in (connections[listener] ?? [:]).values { connection.close(promise: nil) }
        }
        failed.formIntersection(wanted.keys)
        for listener in wanted.keys where servers[listener] == nil && !opening.contains(listener) { open(listener) }
    }

    private func open(_ listener: Listener) {
        opening.insert(listener)
        let sockets = NIOLoopBound(self, eventLoop: loop)
        var bootstrap = ServerBootstrap(group: loop)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.backlog, value: 128)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(
                .recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: limits.headBytes)
            )
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try sockets.value.take(channel, at: listener) }
            }
        if listener.address.family == .ipv6 {
            // The IPv4 server of the same port is one of its own.
            let onlyIPv6 = ChannelOptions.Types.SocketOption(
                level: .ipv6, name: NIOBSDSocket.Option(rawValue: IPV6_V6ONLY))
            bootstrap = bootstrap.serverChannelOption(onlyIPv6, value: 1)
        }
        do {
            let address = try NIOCore.SocketAddress(
                packedIPAddress: ByteBuffer(bytes: listener.address.bytes), port: Int(listener.port))
            bootstrap.bind(to: address).assumeIsolated().whenComplete { [self] in finishOpening(listener, $0) }
        } catch {
            finishOpening(listener, .failure(error))
        }
    }

    private func finishOpening(_ listener: Listener, _ result: Result<any Channel, any Error>) {
        opening.remove(listener)
        switch result {
        case .success(let server) where wanted[listener] != nil:
            servers[listener] = server
            failed.remove(listener)
        case .success(let server):
            server.close(promise: nil)
        case .failure(let error):
            guard let purpose = wanted[listener], failed.insert(listener).inserted else { return }
            logger.error("cannot \(purpose) at \(listener), trying again: \(error)")
        }
    }

    /// - Throws: if there are too many connections; the new one is then closed.
    private func take(_ channel: any Channel, at listener: Listener) throws {
        guard connectionCount < limits.connections,
            connections[listener, default: [:]].count < limits.connectionsPerListener
        else {
            complain(listener)
            throw Refusal()
        }
        let id = ObjectIdentifier(channel)
        connections[listener, default: [:]][id] = channel
        connectionCount += 1
        channel.closeFuture.assumeIsolated().whenComplete { [self] _ in
            connections[listener]?[id] = nil
            if connections[listener]?.isEmpty == true { connections[listener] = nil }
            connectionCount -= 1
        }
        try HTTPConnection.set(up: channel.pipeline.syncOperations, limits) { [self] in route(listener, $0) }
    }

    private func complain(_ listener: Listener) {
        let now = NIODeadline.now()
        if let lastComplaint, now - lastComplaint < limits.complaintPeriod { return }
        lastComplaint = now
        logger.error("too many connections at \(listener) (\(connectionCount) in all): new ones are closed at once")
    }
}
