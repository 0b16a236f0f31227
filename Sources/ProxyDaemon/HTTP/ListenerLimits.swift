import Glibc
import NIOCore

/// What strangers may ask of the servers: whoever reaches a port is no friend.
struct ListenerLimits: Equatable, Sendable {
    /// The bytes of a request line with all headers.
    var headBytes = 8192
    /// The header lines of a request.
    var headerLines = 100
    /// The bytes of a request's body that are read, and dropped, before the connection is closed.
    var bodyBytes = 8192
    /// How long a whole request may take, and how long a connection may be idle between two.
    var patience = TimeAmount.seconds(15)
    /// How long, after the last answer on a connection, the client's end is waited for, so that it can read the answer.
    var farewell = TimeAmount.seconds(2)
    /// The bytes that are read and dropped meanwhile.
    var farewellBytes = 256 * 1024
    /// Open connections in all; further ones are closed at once.
    var connections = 1024
    /// Open connections of one listener.
    var connectionsPerListener = 256
    /// Open listeners.
    var listeners = 4096
    /// How often it is said that connections are refused.
    var complaintPeriod = TimeAmount.seconds(60)

    /// Leaves a quarter of the file descriptors that the process may have for everything else.
    static func fitting(descriptors: Int) -> ListenerLimits {
        var limits = ListenerLimits()
        limits.connections = min(limits.connections, max(4, descriptors / 4))
        limits.connectionsPerListener = limits.connections / 4
        limits.listeners = min(limits.listeners, descriptors / 2)
        return limits
    }

    /// The limits for this process.
    static var ofProcess: ListenerLimits {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return fitting(descriptors: 1024)
        }
        return fitting(descriptors: Int(clamping: limit.rlim_cur))
    }
}
