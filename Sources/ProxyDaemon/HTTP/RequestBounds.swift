import NIOCore

/// How much of the current request has been read, shared by what is before and what is behind the parser.
final class RequestProgress {
    /// How many more bytes the present part of the request, its head or its body, may have.
    var allowance: Int
    /// Whether the last request is over, and nothing of the next one has come.
    var isIdle = false
    /// Whether what still comes is dropped.
    var isDropping = false

    init(allowance: Int) { self.allowance = allowance }
}

/// What ``RequestBounds`` sees.
enum RequestEvent: Sendable {
    /// The first byte of a request that is not the connection's first has come.
    case began
    /// The part has more bytes than are allowed; none of the excess has been passed on.
    case exceeded
}

/// Stands before the parser, which never gets more of a request than is allowed.
final class RequestBounds: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let progress: RequestProgress

    init(_ progress: RequestProgress) { self.progress = progress }

    /// Passes on no more at once than the part may have, so that its end, if it is in there, raises the allowance first.
    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        while bytes.readableBytes > 0 {
            let length = min(bytes.readableBytes, progress.allowance)
            guard length > 0, let part = bytes.readSlice(length: length) else {
                context.fireUserInboundEventTriggered(RequestEvent.exceeded)
                // While dropping, the allowance is for what is dropped.
                if progress.isDropping && progress.allowance > 0 { continue }
                return
            }
            progress.allowance -= length
            if progress.isDropping { continue }
            if progress.isIdle {
                progress.isIdle = false
                context.fireUserInboundEventTriggered(RequestEvent.began)
            }
            context.fireChannelRead(wrapInboundOut(part))
        }
    }
}
