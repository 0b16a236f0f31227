import Foundation
import ProxyConfiguration
import ProxyDaemon
import Testing
import TestSupport

extension KernelTests {
    /// What load balancers are told, asked with curl from the outside.
    @Suite(.serialized) struct HealthCheckTests {
        private let node: NetworkNamespace
        private let files: ClusterFiles
        private let switchyard: SwitchyardCommand

        init() throws {
            node = try NetworkNamespace("node")
            files = try ClusterFiles()
            switchyard = SwitchyardCommand(node: node, files: files)
            try node.check(["ip", "addr", "add", "192.0.2.10/32", "dev", "lo"])
            try node.check(["ip", "addr", "add", "2001:db8::10/128", "dev", "lo", "nodad"])
            try files.addExternalService(
                "web", ["10.96.0.10", "fd96::10"], nodePort: 30080, type: "LoadBalancer",
                spec: #""externalTrafficPolicy": "Local", "healthCheckNodePort": 30900,"#)
            try files.addEndpoint("web-1", of: "web", "10.64.1.1", node: "node-a")
            try files.addEndpoint("web-2", of: "web", "10.64.2.1", node: "node-b")
        }

        private func ask(_ host: String, _ port: Int = 30900) throws -> String {
            let answer = try node.run(["curl", "--silent", "--include", "http://\(host):\(port)/any/path"])
            return answer.output.replacing("\r\n", with: "\n")
        }

        @Test func loadBalancersAreToldOfLocalEndpoints() throws {
            let daemon = try switchyard.run(.iptables)
            try daemon.wait(for: "an answer") { try ask("192.0.2.10").hasPrefix("HTTP/1.1 200") }
            let answer = try ask("192.0.2.10")
            for header in [
                "Content-Type: application/json", "X-Content-Type-Options: nosniff",
                "X-Load-Balancing-Endpoint-Weight: 1",
            ] {
                #expect(answer.lowercased().contains(header.lowercased()), "\(answer)")
            }
            let body = """
                {
                \t"service": {
                \t\t"namespace": "default",
                \t\t"name": "web"
                \t},
                \t"localEndpoints": 1,
                \t"serviceProxyHealthy": true
                }
                """
            #expect(answer.hasSuffix("\n\n" + body), "\(answer)")
            let other = try ask("[2001:db8::10]")
            #expect(other.hasPrefix("HTTP/1.1 503") && other.contains(#""localEndpoints": 0"#), "a family of its own")

            try files.remove("slice-web-1.json")
            try files.addEndpoint("web-1-v6", of: "web", "fd64::1", node: "node-a")
            try daemon.wait(for: "the other family") { try ask("[2001:db8::10]").hasPrefix("HTTP/1.1 200") }
            try daemon.wait(for: "another answer") { try ask("192.0.2.10").hasPrefix("HTTP/1.1 503") }
            #expect(try ask("192.0.2.10").contains(#""localEndpoints": 0"#))

            // A family that goes, a port that changes, and one that goes.
            try files.addExternalService(
                "web", ["10.96.0.10"], nodePort: 30080, type: "LoadBalancer",
                spec: #""externalTrafficPolicy": "Local", "healthCheckNodePort": 30901,"#)
            try daemon.wait(for: "the new port") { try ask("192.0.2.10", 30901).hasPrefix("HTTP/1.1 503") }
            try daemon.wait(for: "the old port's end") { try ask("192.0.2.10").isEmpty }
            #expect(try ask("[2001:db8::10]", 30901).isEmpty)
            try files.remove("service-web.json")
            try daemon.wait(for: "the end of all") { try ask("192.0.2.10", 30901).isEmpty }
            #expect(try daemon.terminate() == 0)
        }

        @Test func aPortInUseIsTriedAgain() throws {
            let script = """
                import socket
                server = socket.create_server(('192.0.2.10', 30900))
                print('ready', flush=True)
                server.accept()
                """
            var squatter: BackgroundProcess? = try BackgroundProcess(["python3", "-c", script], in: node)
            try wait(for: "a listener") { try squatter?.output == ["ready"] }
            let daemon = try switchyard.run(.nftables, ["--nodeport-addresses", "192.0.2.0/24"])
            try daemon.wait(for: "a complaint") { try daemon.errors.contains { $0.contains("192.0.2.10:30900") } }
            squatter = nil
            try daemon.wait(for: "an answer") { try ask("192.0.2.10").hasPrefix("HTTP/1.1 200") }
            #expect(try ask("127.0.0.1").isEmpty, "only where node ports are served")
            #expect(try ask("[2001:db8::10]").isEmpty, "no block of the other family is given")
            let complaints = try daemon.errors.filter { $0.contains("192.0.2.10:30900") }
            #expect(complaints.count == 1, "\(complaints)")
        }

        /// Goal: whoever holds connections open keeps nobody else waiting, and not for long.
        /// Method: 300 clients of one port whose requests do not end; the script prints how many are still connected.
        @Test func clientsThatHoldOnKeepNobodyWaiting() throws {
            try files.addExternalService(
                "other", ["10.96.0.11"], nodePort: 30081, type: "LoadBalancer",
                spec: #""externalTrafficPolicy": "Local", "healthCheckNodePort": 30901,"#)
            let daemon = try switchyard.run(.iptables)
            try daemon.wait(for: "an answer") { try ask("192.0.2.10", 30901).hasPrefix("HTTP/1.1 503") }
            let crowd = try BackgroundProcess(["python3", "-c", Self.crowd], in: node)
            try daemon.wait(for: "the limit") { try crowd.output.contains { Int($0).map { $0 <= 256 } ?? false } }
            try daemon.wait(for: "the line in the log") { try daemon.errors.contains { $0.contains("too many") } }
            #expect(try ask("192.0.2.10", 30901).hasPrefix("HTTP/1.1 503"), "another port")
            try files.addEndpoint("other-1", of: "other", "10.64.1.2", node: "node-a")
            try daemon.wait(for: "a change") { try ask("192.0.2.10", 30901).hasPrefix("HTTP/1.1 200") }
            try daemon.wait(for: "their end") { try crowd.output.last == "0" }
            #expect(try ask("192.0.2.10").hasPrefix("HTTP/1.1 200"))
            #expect(try daemon.errors.count { $0.contains("too many") } == 1)
        }

        @Test func openConnectionsDoNotKeepTheDaemonAlive() throws {
            let daemon = try switchyard.run()
            try daemon.wait(for: "an answer") { try ask("192.0.2.10").hasPrefix("HTTP/1.1 200") }
            let crowd = try BackgroundProcess(["python3", "-c", Self.crowd], in: node)
            try crowd.wait(for: "connections") { try !crowd.output.isEmpty }
            #expect(try daemon.terminate() == 0)
        }

        private static let crowd = """
            import selectors, socket
            selector = selectors.DefaultSelector()
            for _ in range(300):
                client = socket.create_connection(('192.0.2.10', 30900))
                try:
                    client.sendall(b'GET / HTTP/1.1')
                except OSError:
                    pass
                selector.register(client, selectors.EVENT_READ)
            while True:
                print(len(selector.get_map()), flush=True)
                for key, _ in selector.select(0.1):
                    try:
                        if key.fileobj.recv(100):
                            continue
                    except OSError:
                        pass
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
            """
    }
}
