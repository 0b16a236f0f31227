import Foundation
import NetworkValues
import ProxyConfiguration
import ProxyDaemon
import Testing
import TestSupport

extension KernelTests {
    /// Real UDP flows over the life of the daemon. The servers of endpoints that are gone go on running, so that whoever is
    /// still sent there gets an answer.
    @Suite(.serialized) struct UDPFlowTests {
        private let topology: Topology
        private let files: ClusterFiles
        private let switchyard: SwitchyardCommand

        init() throws {
            topology = try Topology()
            switchyard = try SwitchyardCommand(servingWebOn: topology.node)
            files = switchyard.files
            // However slow the machine, none ends by itself.
            for name in ["udp_timeout", "udp_timeout_stream"] {
                try topology.node.check(["sh", "-c", "echo 900 >/proc/sys/net/netfilter/nf_conntrack_\(name)"])
            }
        }

        private func ask(_ flow: BackgroundProcess, _ answers: Int) throws -> String {
            try flow.send("who?")
            try flow.wait(for: "an answer") { try flow.output.count == answers }
            return String(try flow.output[answers - 1].prefix(2))
        }

        /// The flows from the pod to an address, with the kernel's numbers for them.
        private func flows(to address: String) throws -> Set<Substring> {
            let family = address.contains(":") ? "ipv6" : "ipv4"
            let lines = try topology.node.check(
                ["conntrack", "-L", "-p", "udp", "-f", family, "--orig-dst", address, "-o", "id"])
            return Set(lines.split(separator: "\n").compactMap { $0.split(separator: " ").last })
        }

        /// `kill -9`, a change while nobody is there, and a start.
        private func change(_ daemon: BackgroundProcess, to mode: ProxyMode, _ edit: () throws -> Void) throws {
            try daemon.kill()
            try edit()
            let successor = try switchyard.start(mode)
            #expect(try successor.errors.contains { $0.contains("1 flows ended") })
        }

        @Test(arguments: ProxyMode.allCases, ["10.96.0.10", "fd96::10"])
        func aRestartEndsFlowsToEndpointsThatWentMeanwhile(_ mode: ProxyMode, _ host: String) throws {
            let daemon = try switchyard.start(mode)
            let flow = try topology.hold(over: "udp", to: host, 80)
            let owner = try ask(flow, 1)
            try change(daemon, to: mode) {
                try files.remove("slice-web-\(owner.dropFirst())\(host.contains(":") ? "-v6" : "").json")
            }
            #expect(try ask(flow, 2) != owner)
        }

        @Test(arguments: ProxyMode.allCases, ProxyMode.allCases)
        func aRestartEndsFlowsOfServicesThatWentMeanwhile(_ before: ProxyMode, _ after: ProxyMode) throws {
            try files.addService("gone", ["10.96.0.20"])
            try files.addEndpoint("gone-1", of: "gone", "10.64.1.1")
            let daemon = try switchyard.start(before)
            let flows = try ["10.96.0.10", "10.96.0.20"].map { try topology.hold(over: "udp", to: $0, 80) }
            for flow in flows { _ = try ask(flow, 1) }
            let kept = try self.flows(to: "10.96.0.10")
            #expect(try kept.count == 1 && self.flows(to: "10.96.0.20").count == 1)
            try change(daemon, to: after) { try files.remove("service-gone.json") }
            #expect(try self.flows(to: "10.96.0.20").isEmpty)
            #expect(try self.flows(to: "10.96.0.10") == kept)
        }

        @Test(arguments: ProxyMode.allCases)
        func aRestartEndsFlowsOfServicesThatWereEmptiedMeanwhile(_ mode: ProxyMode) throws {
            let daemon = try switchyard.start(mode)
            let flow = try topology.hold(over: "udp", to: "10.96.0.10", 80)
            _ = try ask(flow, 1)
            try change(daemon, to: mode) { for number in 1...3 { try files.remove("slice-web-\(number).json") } }
            #expect(try flows(to: "10.96.0.10").isEmpty)
        }

        /// Twelve Services get other names, and keep their addresses and endpoints.
        @Test(arguments: ProxyMode.allCases)
        func flowsStayWhenTheirFrontendsChangeHands(_ mode: ProxyMode) throws {
            let cluster = { (color: String) in
                let items = (1...12).map { number in
                    """
                    {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "\(color)\(number)", "namespace": "default"},
                     "spec": {"clusterIP": "10.96.7.\(number)", "ports": [{"protocol": "UDP", "port": 53}]}},
                    {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                     "metadata": {"name": "\(color)\(number)", "namespace": "default",
                                  "labels": {"kubernetes.io/service-name": "\(color)\(number)"}},
                     "ports": [{"protocol": "UDP", "port": 8080}], "endpoints": [{"addresses": ["10.64.1.1"]}]}
                    """
                }
                return #"{"apiVersion": "v1", "kind": "List", "items": [\#(items.joined(separator: ","))]}"#
            }
            try files.write("twelve.json", cluster("blue"))
            let daemon = try switchyard.start(mode)
            for number in 1...12 {
                #expect(try topology.connect(1, over: "udp", to: "10.96.7.\(number)", 53).names == ["b1": 1])
            }
            let flows = { try (1...12).map { try self.flows(to: "10.96.7.\($0)") } }
            let before = try flows()
            #expect(before.allSatisfy { $0.count == 1 })
            try files.write("twelve.json", cluster("green"))
            try daemon.wait(for: "the other names") { try daemon.errors.contains { $0.contains("synced 24 of") } }
            #expect(try flows() == before)
        }

        /// What goes through the node to another machine's port is none of the node port's.
        @Test(arguments: ProxyMode.allCases)
        func forwardedFlowsToTheSamePortNumberStay(_ mode: ProxyMode) throws {
            try files.addExternalService("outside", ["10.96.0.30"], nodePort: 9090)
            try files.addEndpoint("outside-1", of: "outside", "10.64.1.1")
            let daemon = try switchyard.start(mode)
            let flow = try topology.hold(over: "udp", to: "10.64.2.1", 9090)
            #expect(try ask(flow, 1) == "b2")
            let before = try flows(to: "10.64.2.1")
            try files.addEndpoint("outside-2", of: "outside", "10.64.3.1")
            try daemon.wait(for: "the new endpoint") { try daemon.errors.filter { $0.contains("synced") }.count == 2 }
            #expect(try before.count == 1 && flows(to: "10.64.2.1") == before)
        }
    }
}
