import ProxyDaemon
import Testing
import TestSupport

extension KernelTests {
    /// A shorter affinity timeout holds for the clients that are remembered already.
    struct AffinityTimeoutTests {
        private let files: ClusterFiles
        private let switchyard: SwitchyardCommand

        init() throws {
            files = try ClusterFiles()
            switchyard = SwitchyardCommand(node: try NetworkNamespace("node"), files: files)
            try setTimeout(10800)
            try files.addEndpoint("web-1", of: "web", "10.64.1.1")
        }

        private func setTimeout(_ seconds: Int) throws {
            try files.addService(
                "web", ["10.96.0.10"],
                spec: """
                    "sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": \(seconds)}},
                    """)
        }

        private var map: String { "ip switchyard affinity-default/web/tcp/tcp" }

        private func clients() throws -> String { try switchyard.node.check(["nft", "list map \(map)"]) }

        /// As two clients' packets do it.
        private func remember() throws {
            try switchyard.node.check(
                [
                    "nft",
                    "add element \(map) { 192.0.2.1 timeout 3h : 10.64.1.1 . 8080, "
                        + "192.0.2.2 timeout 3h expires 2h : 10.64.1.1 . 8080 }",
                ])
        }

        @Test func itHoldsAtOnceWhileTheDaemonRuns() throws {
            let daemon = try switchyard.start()
            try remember()
            try setTimeout(600)
            try daemon.wait(for: "the shorter time") { try !clients().contains("expires 2h") }
            let rest = try clients()
            #expect(rest.contains("192.0.2.1 timeout 10m expires 9m") && !rest.contains("192.0.2.2 "), "\(rest)")
        }

        @Test func itHoldsAfterARestart() throws {
            try switchyard.apply()
            try remember()
            try setTimeout(600)
            try switchyard.apply()
            let rest = try clients()
            #expect(rest.contains("192.0.2.1 timeout 10m expires 9m") && !rest.contains("192.0.2.2 "), "\(rest)")
        }
    }
}
