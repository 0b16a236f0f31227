import NetworkValues
import ProxyConfiguration
import Testing

@testable import ProxyDaemon

@Suite struct StatusServerTests {
    private struct Echo: StatusRoute {
        let purpose = "echo"
        let path: String?

        func listeners(_ status: DaemonStatus) -> Set<Listener> { [] }

        func answer(_ request: HTTPRequest, at listener: Listener, _ status: DaemonStatus) -> HTTPAnswer {
            HTTPAnswer(status: 200, headers: [], body: "\(path ?? "any") on \(status.node)")
        }
    }

    @Test(arguments: [("/a", "/a on n"), ("/a?b=/c", "/a on n"), ("/c", "any on n"), ("/a/", "any on n")])
    func theFirstRouteOfThePathAnswers(target: String, body: String) {
        #expect(answer(target, [Echo(path: "/a"), Echo(path: nil), Echo(path: "/c")]).body == body)
    }

    @Test func whatNobodyAnswersIsNotFound() {
        #expect(answer("/b", [Echo(path: "/a")]).status == 404)
    }

    private func answer(_ target: String, _ routes: [any StatusRoute]) -> HTTPAnswer {
        let status = DaemonStatus(mode: .nftables, node: "n", start: .now)
        let listener = Listener(address: .unspecified(.ipv4), port: 1)
        return StatusServer.answer(HTTPRequest(method: "GET", target: target), at: listener, routes, status)
    }
}
