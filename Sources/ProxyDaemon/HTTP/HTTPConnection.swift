import Glibc
import NIOCore
import NIOHTTP1

/// One connection of a client: answers its requests one after another, within the limits.
final class HTTPConnection: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private let progress: RequestProgress
    private let limits: ListenerLimits
    private let route: (HTTPRequest) -> HTTPAnswer
    private var deadline: Scheduled<Void>?
    /// Answers that the client's side has not taken yet. As long as there are any, nothing more is read.
    private var unsentAnswers = 0
    private var isReadHeld = false
    /// Whether the answer to the request that is being read has been given.
    private var isAnswered = false
    private var bodyLength = 0
    private var isLast = false
    private var isEnding = false

    private init(_ progress: RequestProgress, _ limits: ListenerLimits, _ route: @escaping (HTTPRequest) -> HTTPAnswer)
    {
        self.progress = progress
        self.limits = limits
        self.route = route
    }

    /// Makes a pipeline that serves requests.
    static func set(
        up pipeline: ChannelPipeline.SynchronousOperations, _ limits: ListenerLimits,
        route: @escaping (HTTPRequest) -> HTTPAnswer
    ) throws {
        var parsing = NIOHTTPDecoderLimitConfiguration()
        parsing.maxHeaderFieldCount = limits.headerLines
        let progress = RequestProgress(allowance: limits.headBytes)
        try pipeline.addHandler(RequestBounds(progress))
        try pipeline.addHandler(HTTPResponseEncoder())
        try pipeline.addHandler(ByteToMessageHandler(HTTPRequestDecoder(limitConfiguration: parsing)))
        try pipeline.addHandler(HTTPConnection(progress, limits, route))
    }

    func channelActive(context: ChannelHandlerContext) {
        setDeadline(limits.patience, context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isEnding { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            progress.allowance = limits.bodyBytes
            bodyLength = 0
            isAnswered = true
            // Whoever waits to be told to send the body, or wants another protocol, would be at odds with us afterwards.
            isLast =
                !head.isKeepAlive || head.method == .CONNECT || head.headers.contains(name: "Upgrade")
                || head.headers.contains(name: "Expect")
            send(route(HTTPRequest(method: head.method.rawValue, target: head.uri)), to: head, context)
        case .body(let part):
            bodyLength += part.readableBytes
            if bodyLength > limits.bodyBytes { end(context) }
        case .end:
            if isLast { return end(context) }
            progress.allowance = limits.headBytes
            progress.isIdle = true
            isAnswered = false
            setDeadline(limits.patience, context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event as? RequestEvent {
        case .began?: setDeadline(limits.patience, context)
        case .exceeded? where isEnding: context.close(promise: nil)
        case .exceeded?: refuse(.requestHeaderFieldsTooLarge, context)
        case nil: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error as? HTTPParserError {
        case .headerOverflow?: refuse(.requestHeaderFieldsTooLarge, context)
        case .some: refuse(.badRequest, context)
        case nil: context.close(promise: nil)
        }
    }

    func read(context: ChannelHandlerContext) {
        if unsentAnswers > 0 {
            isReadHeld = true
        } else {
            context.read()
        }
    }

    private func refuse(_ status: HTTPResponseStatus, _ context: ChannelHandlerContext) {
        if isEnding { return }
        if !isAnswered {
            isLast = true
            let answer = HTTPAnswer(
                status: Int(status.code), headers: [("Content-Type", "text/plain; charset=utf-8")],
                body: "\(status.code) \(status.reasonPhrase)")
            send(answer, to: HTTPRequestHead(version: .http1_1, method: .GET, uri: "/"), context)
        }
        end(context)
    }

    /// Headers in Go's order, as load balancers get them from kube-proxy.
    private func send(_ answer: HTTPAnswer, to request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        var headers = HTTPHeaders(answer.headers.map { ($0.name, $0.value) })
        headers.add(name: "Date", value: Self.date)
        headers.add(name: "Content-Length", value: "\(answer.body.utf8.count)")
        let isOld = request.version == .http1_0
        if isLast && !isOld { headers.add(name: "Connection", value: "close") }
        if !isLast && isOld { headers.add(name: "Connection", value: "keep-alive") }
        let head = HTTPResponseHead(
            version: isOld ? .http1_0 : .http1_1, status: HTTPResponseStatus(statusCode: answer.status),
            headers: headers)
        unsentAnswers += 1
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil))).assumeIsolated().whenComplete { [self] _ in
            unsentAnswers -= 1
            if unsentAnswers == 0 { goOn(context) }
        }
    }

    /// Closes our side after the last answer, and waits a moment for the client to close its own: a connection that is closed
    /// while there is something unread would be reset, and the answer lost with it.
    private func end(_ context: ChannelHandlerContext) {
        isEnding = true
        progress.isDropping = true
        progress.allowance = limits.farewellBytes
        setDeadline(limits.farewell, context)
        if unsentAnswers == 0 { goOn(context) }
    }

    private func goOn(_ context: ChannelHandlerContext) {
        if isEnding { context.close(mode: .output, promise: nil) }
        guard isReadHeld else { return }
        isReadHeld = false
        context.read()
    }

    /// A moment at which the connection is closed, whatever has come until then.
    private func setDeadline(_ time: TimeAmount, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: time) { context.close(promise: nil) }
    }

    /// The time, as HTTP writes it (RFC 9110, 5.6.7).
    private static var date: String {
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let length = strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
        return String(decoding: text.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
