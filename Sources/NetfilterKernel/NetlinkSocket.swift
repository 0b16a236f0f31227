import CNetfilter
import NetfilterWire

/// A netlink socket, and the buffer that it receives into.
final class NetlinkSocket {
    /// What the kernel says about one message.
    struct Acknowledgement {
        var errno: Errno?
        var sequence: UInt32
        var offset: Int?
        var text: String?
    }

    /// One received message.
    enum Reply {
        /// An object, from `struct nlmsghdr` on; valid only within the call.
        case object(UnsafeRawBufferPointer)
        /// An error, or the acknowledgement of a request.
        case acknowledgement(Acknowledgement)
        /// The end of a dump, with its error.
        case done(Acknowledgement)
        /// Bytes that are no message.
        case malformed
    }

    private let socket: OpaquePointer
    private let buffer: UnsafeMutableRawBufferPointer

    /// More than the kernel ever puts into one datagram of a dump (32 KiB) or a notification.
    private static let bufferBytes = 128 << 10

    /// Who answers, by the numbers of linux/netlink.h.
    enum Bus: Int32 {
        /// `NETLINK_ROUTE`.
        case route = 0
        /// `NETLINK_NETFILTER`.
        case netfilter = 12
    }

    /// Opens a socket in the network namespace of the calling thread.
    init(_ bus: Bus) throws(KernelFailure) {
        var socket: OpaquePointer?
        let result = cnf_open(bus.rawValue, &socket)
        guard result >= 0, let socket else { throw KernelFailure("open a netlink socket", Errno(-result)) }
        self.socket = socket
        buffer = .allocate(byteCount: Self.bufferBytes, alignment: 8)
    }

    deinit {
        cnf_close(socket)
        buffer.deallocate()
    }

    /// The netlink port, which is the owner of tables that this socket has made its own.
    var port: UInt32 { cnf_port(socket) }

    /// Makes room in the socket's buffers. For answers there may be less than asked for, and then some get lost.
    ///
    /// - Throws: `EMSGSIZE` if a message of so many bytes cannot be sent.
    func reserve(sending: Int, receiving: Int) throws(KernelFailure) {
        let result = cnf_reserve(socket, sending, receiving)
        if result < 0 { throw KernelFailure("make a netlink buffer of \(sending) bytes", Errno(-result)) }
        let limit = cnf_message_limit(socket)
        if limit >= 0 && limit < sending {
            // The kernel doubles what is asked for (sock_setsockopt).
            throw KernelFailure(
                "send \(sending) bytes in one transaction", .messageTooLong,
                hint: "at most \(limit) can be sent without CAP_NET_ADMIN in the first user namespace: "
                    + "set net.core.wmem_max to at least \(sending / 2 + 32) there")
        }
    }

    /// Sends the bytes, all in one.
    func send(_ bytes: UnsafeRawBufferPointer) throws(KernelFailure) {
        let result = cnf_send(socket, bytes.baseAddress, bytes.count)
        if result < 0 { throw KernelFailure("send \(bytes.count) bytes over netlink", Errno(-result)) }
    }

    /// Receives one datagram.
    ///
    /// - Parameter waits: whether to wait for one.
    /// - Returns: its bytes, valid until the next call; nil if there is none.
    func receive(waits: Bool) throws(KernelFailure) -> UnsafeRawBufferPointer? {
        let result = cnf_receive(socket, buffer.baseAddress, buffer.count, waits)
        if result >= 0 { return UnsafeRawBufferPointer(rebasing: buffer[..<result]) }
        let errno = Errno(Int32(-result))
        if errno == .wouldBlock && !waits { return nil }
        throw KernelFailure("receive from netlink", errno)
    }

    /// Hands out the messages of a datagram.
    func forEachReply<Failure: Error>(
        in datagram: UnsafeRawBufferPointer, _ body: (Reply) throws(Failure) -> Void
    ) throws(Failure) {
        var rest = datagram
        while !rest.isEmpty {
            // At least sizeof(struct nlmsghdr), at most what is there.
            let length = rest.count < 16 ? 0 : Int(rest.loadUnaligned(as: UInt32.self))
            guard length >= 16, length <= rest.count else { return try body(.malformed) }
            if let reply = reply(UnsafeRawBufferPointer(rebasing: rest[..<length])) { try body(reply) }
            rest = UnsafeRawBufferPointer(rebasing: rest[min((length + 3) & ~3, rest.count)...])
        }
    }

    private func reply(_ message: UnsafeRawBufferPointer) -> Reply? {
        switch message.loadUnaligned(fromByteOffset: 4, as: UInt16.self) {
        case NLMSG_NOOP: return nil
        case NLMSG_ERROR: return acknowledgement(message).map(Reply.acknowledgement) ?? .malformed
        case NLMSG_DONE: return acknowledgement(message).map(Reply.done) ?? .malformed
        default: return .object(message)
        }
    }

    private func acknowledgement(_ message: UnsafeRawBufferPointer) -> Acknowledgement? {
        var raw = cnf_acknowledgement()
        let result = cnf_read_acknowledgement(message.baseAddress, message.count, &raw)
        if result < 0 { return nil }
        let text = withUnsafeBytes(of: raw.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return Acknowledgement(
            errno: raw.error == 0 ? nil : Errno(raw.error), sequence: raw.sequence,
            offset: raw.has_offset ? Int(raw.offset) : nil, text: text.isEmpty ? nil : text)
    }
}
