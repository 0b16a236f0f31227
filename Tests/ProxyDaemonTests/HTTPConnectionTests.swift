import NIOCore
import NIOEmbedded
import Testing

@testable import ProxyDaemon

/// What one client gets for the bytes that it sends, with a clock that the test sets.
@Suite struct HTTPConnectionTests {
    private let channel: EmbeddedChannel
    private let limits = ListenerLimits()

    init() throws {
        channel = EmbeddedChannel()
        try HTTPConnection.set(up: channel.pipeline.syncOperations, limits) { request in
            HTTPAnswer(
                status: 200, headers: [("Content-Type", "application/json")],
                body: "\(request.method) \(request.target)")
        }
        try channel.connect(to: try SocketAddress(ipAddress: "192.0.2.1", port: 1)).wait()
    }

    /// - Returns: what was answered since, without the date.
    private func send(_ text: String) throws -> String {
        if channel.isActive { try channel.writeInbound(ByteBuffer(string: text)) }
        channel.embeddedEventLoop.run()
        var answer = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { answer += String(buffer: bytes) }
        return answer.replacing(#/Date: [^\r]+\r\n/#, with: "")
    }

    private func pass(_ time: TimeAmount) { channel.embeddedEventLoop.advanceTime(by: time) }

    /// A request whose head has this many bytes.
    private func request(headBytes: Int) -> String {
        let (start, end) = ("GET / HTTP/1.1\r\nHost: a\r\nX: ", "\r\n\r\n")
        return start + String(repeating: "x", count: headBytes - start.utf8.count - end.utf8.count) + end
    }

    @Test func answersAsGoDoes() throws {
        let start = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
        #expect(try send("GET /any?x HTTP/1.1\r\nHost: a\r\n\r\n") == start + "10\r\n\r\nGET /any?x")
        #expect(try send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n") == start + "6\r\n\r\n", "a length, and no body")
        #expect(
            try send("DELETE / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                == start.replacing("1.1", with: "1.0") + "8\r\nConnection: keep-alive\r\n\r\nDELETE /")
        #expect(channel.isActive)
        #expect(
            try send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                == start + "5\r\nConnection: close\r\n\r\nGET /")
        #expect(!channel.isActive)
    }

    @Test func requestsOfOneSegmentAreAnsweredInOrder() throws {
        let answer = try send(
            "GET /1 HTTP/1.1\r\n\r\nPUT /2 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /3 HTTP/1.1\r\n\r\n")
        #expect(
            answer.split(separator: "\r\n\r\n").count { $0.hasPrefix("GET") || $0.hasPrefix("PUT") } == 3, "\(answer)")
        #expect(channel.isActive)
    }

    @Test func aHeadOfTheLimitIsAnsweredAndOneByteMoreIsNot() throws {
        #expect(try send(request(headBytes: limits.headBytes)).hasPrefix("HTTP/1.1 200"))
        #expect(try send(request(headBytes: limits.headBytes)).hasPrefix("HTTP/1.1 200"), "on the same connection")
        let refusal = try send(request(headBytes: limits.headBytes + 1))
        #expect(refusal.hasPrefix("HTTP/1.1 431") && refusal.contains("Connection: close"), "\(refusal)")
        #expect(!channel.isActive)
    }

    @Test func aHeadInManyPiecesHasTheSameLimit() throws {
        let pieces = Array(request(headBytes: limits.headBytes + 1))
        for piece in pieces.dropLast() { #expect(try send(String(piece)).isEmpty) }
        #expect(try send(String(pieces.suffix(1))).hasPrefix("HTTP/1.1 431"))
        #expect(!channel.isActive)
    }

    @Test(arguments: [(100, "200"), (101, "431")]) func headerLinesAreCounted(_ count: Int, _ status: String) throws {
        let lines = (1...count).map { "H\($0): v\r\n" }.joined()
        #expect(try send("GET / HTTP/1.1\r\n\(lines)\r\n").hasPrefix("HTTP/1.1 \(status)"))
        #expect(channel.isActive == (status == "200"))
    }

    @Test func whatIsNoRequestIsRefused() throws {
        #expect(try send("hello\r\n\r\n").hasPrefix("HTTP/1.1 400"))
        #expect(!channel.isActive)
    }

    @Test func aBodyIsReadUpToTheLimitAndNoFurther() throws {
        let post = { (length: Int) in
            "POST / HTTP/1.1\r\nContent-Length: \(length)\r\n\r\n" + String(repeating: "x", count: length)
        }
        #expect(try send(post(limits.bodyBytes)).hasPrefix("HTTP/1.1 200"))
        #expect(channel.isActive)
        #expect(try send(post(limits.bodyBytes + 1)).hasPrefix("HTTP/1.1 200"), "it is answered")
        #expect(!channel.isActive)
    }

    @Test func aChunkedBodyIsBoundedWithItsTrailers() throws {
        let start = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(try send(start + "3\r\nabc\r\n0\r\nX: y\r\n\r\n").hasPrefix("HTTP/1.1 200"))
        #expect(channel.isActive)
        let trailer = "X: " + String(repeating: "y", count: limits.headBytes + limits.bodyBytes)
        #expect(try send(start + "0\r\n\(trailer)\r\n\r\n").hasPrefix("HTTP/1.1 200"))
        #expect(!channel.isActive)
    }

    @Test func aWholeRequestMustComeInTimeHoweverItComes() throws {
        for character in "GET / HTTP/1.1" {
            #expect(channel.isActive)
            #expect(try send(String(character)).isEmpty)
            pass(.seconds(1))
        }
        pass(.milliseconds(999))
        #expect(channel.isActive)
        pass(.milliseconds(1))
        #expect(!channel.isActive)
    }

    @Test func aKeptConnectionHasTheWholeTimeForEachRequest() throws {
        for _ in 1...3 {
            #expect(try send("GET / HTTP/1.1\r\n\r\n").hasPrefix("HTTP/1.1 200"))
            pass(.seconds(14))
            #expect(try send("GET / HTTP").isEmpty)
            pass(.seconds(14))
            #expect(try send("/1.1\r\n\r\n").hasPrefix("HTTP/1.1 200"))
        }
        pass(.seconds(15))
        #expect(!channel.isActive, "idle")
    }

    @Test(arguments: ["CONNECT a:1 HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"])
    func whoWantsAnotherProtocolIsAnsweredOnce(_ request: String) throws {
        #expect(try send(request).hasPrefix("HTTP/1.1 200"))
        #expect(!channel.isActive)
    }

    @Test func nothingMoreIsAnsweredAfterTheLast() throws {
        let request = "GET / HTTP/1.1\r\nConnection: close\r\n\r\n"
        let answer = try send(request + request)
        #expect(answer.split(separator: "HTTP/1.1 200").count == 1, "\(answer)")
    }

    @Test func limitsLeaveDescriptorsForOthers() {
        let few = ListenerLimits.fitting(descriptors: 256)
        #expect(few.connections + few.listeners <= 192)
        let many = ListenerLimits.fitting(descriptors: 1 << 20)
        #expect(many.connections == 1024 && many.connectionsPerListener == 256)
    }
}
