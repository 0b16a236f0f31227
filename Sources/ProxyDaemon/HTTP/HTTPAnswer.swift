/// What a server says to one request; length, date and connection headers are the server's own business.
struct HTTPAnswer: Equatable, Sendable {
    /// The status code.
    var status: Int
    /// Headers in the order in which they are sent.
    var headers: [(name: String, value: String)]
    /// The body, left out for HEAD.
    var body: String

    static func == (lhs: HTTPAnswer, rhs: HTTPAnswer) -> Bool {
        lhs.status == rhs.status && lhs.body == rhs.body
            && lhs.headers.elementsEqual(rhs.headers) { $0.name == $1.name && $0.value == $1.value }
    }
}

/// What a request asks for.
struct HTTPRequest: Equatable, Sendable {
    /// Such as `GET`.
    var method: String
    /// Path and query, as sent.
    var target: String
}

/// Answers a request that came to a listener: from values alone, without waiting for anything.
typealias HTTPRoute = @Sendable (Listener, HTTPRequest) -> HTTPAnswer
