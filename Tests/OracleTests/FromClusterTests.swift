import Foundation
import Glibc
import Testing
import TestSupport

extension KernelTests {
    /// `scripts/from-cluster`, with a real kubectl, between a small API server and the daemon.
    @Suite(.serialized) struct FromClusterTests {
        private let files: ClusterFiles
        private let switchyard: SwitchyardCommand
        private let server: BackgroundProcess
        private let configuration: URL

        init() throws {
            files = try ClusterFiles()
            let node = try NetworkNamespace("node")
            switchyard = SwitchyardCommand(node: node, files: files)
            configuration = files.folder.appending(path: "kubeconfig")
            let port = 18080
            server = try BackgroundProcess(["python3", Self.file("Support/api-server.py"), "\(port)"], in: node)
            try server.wait(for: "the API server") { try !server.output.isEmpty }
            let text = """
                {"apiVersion": "v1", "kind": "Config", "current-context": "test",
                 "clusters": [{"name": "test", "cluster": {"server": "http://127.0.0.1:\(port)"}}],
                 "contexts": [{"name": "test", "context": {"cluster": "test", "user": ""}}]}
                """
            try Data(text.utf8).write(to: configuration)
            for name in ["web", "dns"] { try put(service(name), slice(of: name, "10.64.1.1")) }
            try put(#"{"kind": "Node", "apiVersion": "v1", "metadata": {"name": "node-a"}}"#)
        }

        private func ask(_ command: String, _ object: String) throws {
            let address = "http://127.0.0.1:18080/control/\(command)"
            try switchyard.node.check(["curl", "--silent", "--show-error", "--fail", "--data", object, address])
        }

        private func put(_ objects: String...) throws {
            for object in objects { try ask("put", object) }
        }

        private func service(_ name: String) -> String {
            let address = ["web": "10.96.0.10", "dns": "10.96.0.53"][name] ?? "10.96.0.99"
            return """
                {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "\(name)", "namespace": "default"},
                 "spec": {"clusterIP": "\(address)", "clusterIPs": ["\(address)"], "ports": [{"port": 80}]}}
                """
        }

        private func slice(of service: String, _ address: String) -> String {
            """
            {"kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1", "addressType": "IPv4", "ports": [{"port": 80}],
             "metadata": {"name": "\(service)-1", "namespace": "default",
                          "labels": {"kubernetes.io/service-name": "\(service)"}},
             "endpoints": [{"addresses": ["\(address)"], "conditions": {"ready": true}}]}
            """
        }

        private func start() throws -> BackgroundProcess {
            let script = "export KUBECONFIG=\(configuration.path()); exec \"$0\" \"$@\""
            // A program keeps the signals that its parent has blocked, and bash never hears of those.
            let unblocked =
                "import os, signal, sys; signal.pthread_sigmask(signal.SIG_SETMASK, []); os.execvp(sys.argv[1], sys.argv[1:])"
            return try BackgroundProcess(
                ["python3", "-c", unblocked, "bash", "-c", script, Self.file("../../scripts/from-cluster")]
                    + switchyard.withoutState("run"),
                in: switchyard.node)
        }

        private static func file(_ path: String) -> String {
            URL(filePath: #filePath).deletingLastPathComponent().appending(path: path).standardizedFileURL.path()
        }

        private func isServed(_ address: String) throws -> Bool { try switchyard.listing().contains(address) }

        @Test func followsALiveCluster() throws {
            let daemon = try start()
            // Or what it has started would go on if the test fails.
            defer { kill(daemon.identifier, SIGTERM) }
            try daemon.wait(for: "the first sync") { try isServed("10.96.0.10 . tcp . 80 . 0 : 10.64.1.1 . 80") }
            #expect(try isServed("10.96.0.53"))
            try put(slice(of: "web", "10.64.1.2"))
            try daemon.wait(for: "the endpoint") { try isServed("10.64.1.2 . 80") }
            // What happens while there is no watch is seen by the next list.
            for command in ["end", "forget"] {
                let name = command == "end" ? "dns" : "web"
                try ask(command, "")
                try ask("delete", service(name))
                try daemon.wait(for: "the Service's end") { try !isServed("default/\(name)") }
            }
            try put(service("web"))
            try daemon.wait(for: "the Service's return") { try isServed("default/web") }
            #expect(try daemon.errors.filter { $0.contains("synced") }.first?.contains("synced 2 of 2") == true)
            #expect(try daemon.terminate() == 0)
            #expect(try isServed("default/web"), "the rules stay")
        }
    }
}
