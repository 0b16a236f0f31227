import NetworkValues
import ProxyConfiguration
import ProxyDaemon
import Testing
import TestSupport

extension KernelTests {
    /// Real connections to the ways in from outside the cluster.
    @Suite(.serialized) struct ExternalPacketTests {
        private let topology: Topology
        private let files: ClusterFiles
        private let switchyard: SwitchyardCommand

        init() throws {
            topology = try Topology()
            files = try ClusterFiles()
            switchyard = SwitchyardCommand(node: topology.node, files: files)
            // The node's first address is the one on the stranger's link.
            try files.write(
                "node.json",
                """
                {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-a"}, "status": {"addresses": [
                 {"type": "InternalIP", "address": "203.0.113.254"}, {"type": "InternalIP", "address": "2001:db8::fe"}]}}
                """)
        }

        private func addEndpoints(of service: String, _ numbers: ClosedRange<Int>, onNode local: Int = 1) throws {
            for number in numbers {
                let node = number == local ? "node-a" : "node-b"
                try files.addEndpoint("\(service)-\(number)", of: service, "10.64.\(number).1", node: node)
                try files.addEndpoint(
                    "\(service)-\(number)-v6", of: service, "fd64:0:0:\(number)::1", node: node)
            }
        }

        /// Whom the backends see of a client that goes to them unmasqueraded, and whom otherwise.
        private func own(_ client: Topology.Client, _ family: IPFamily) -> Set<String> {
            switch (client, family) {
            case (.pod, .ipv4): ["10.64.9.1"]
            case (.pod, .ipv6): ["fd64:0:0:9::1"]
            default: family == .ipv4 ? ["203.0.113.1"] : ["2001:db8::1"]
            }
        }

        private func node(_ family: IPFamily, _ numbers: ClosedRange<Int>) -> Set<String> {
            Set(numbers.map { family == .ipv4 ? "10.64.\($0).254" : "fd64:0:0:\($0)::fe" })
        }

        @Test(arguments: ProxyMode.allCases, IPFamily.allCases)
        func policyClusterServesEveryoneMasqueraded(_ mode: ProxyMode, _ family: IPFamily) throws {
            let isIPv4 = family == .ipv4
            try files.addExternalService(
                "web", ["10.96.0.10", "fd96::10"], nodePort: 30080, type: "LoadBalancer",
                spec: #""externalIPs": ["198.51.100.80", "2001:db8:80::1"],"#,
                balancers: ["198.51.100.90", "2001:db8:90::1"])
            try addEndpoints(of: "web", 1...3)
            try switchyard.apply(mode)
            let places = [
                (isIPv4 ? "203.0.113.254" : "2001:db8::fe", 30080), (isIPv4 ? "198.51.100.80" : "2001:db8:80::1", 80),
                (isIPv4 ? "198.51.100.90" : "2001:db8:90::1", 80),
            ]
            for (host, port) in places {
                for client in [Topology.Client.stranger, .pod, .node] {
                    let report = try topology.connect(100, from: client, to: host, port)
                    expectEvenSpread(report, over: ["b1", "b2", "b3"], of: 100)
                    #expect(report.peers == node(family, 1...3), "\(client) to \(host)")
                }
            }
        }

        @Test(arguments: ProxyMode.allCases, IPFamily.allCases)
        func policyLocalKeepsTheClient(_ mode: ProxyMode, _ family: IPFamily) throws {
            let policy = #""externalTrafficPolicy": "Local","#
            try files.addExternalService("here", ["10.96.0.10", "fd96::10"], nodePort: 30080, spec: policy)
            try addEndpoints(of: "here", 1...3)
            try files.addExternalService("elsewhere", ["10.96.0.11", "fd96::11"], nodePort: 30081, spec: policy)
            try addEndpoints(of: "elsewhere", 2...3)
            try files.addExternalService("nowhere", ["10.96.0.12", "fd96::12"], nodePort: 30082, spec: policy)
            try switchyard.apply(mode)
            let host = family == .ipv4 ? "203.0.113.254" : "2001:db8::fe"
            let outside = try topology.connect(30, from: .stranger, to: host, 30080)
            #expect(outside == Topology.Report(names: ["b1": 30], peers: own(.stranger, family)))
            for (port, names, numbers) in [
                (30080, ["b1", "b2", "b3"], 1...3), (30081, ["b2", "b3"], 2...3),
            ] as [(Int, Set<String>, ClosedRange<Int>)] {
                let pod = try topology.connect(100, from: .pod, to: host, port)
                expectEvenSpread(pod, over: names, of: 100)
                #expect(pod.peers == own(.pod, family))
                let own = try topology.connect(100, from: .node, to: host, port)
                expectEvenSpread(own, over: names, of: 100)
                #expect(own.peers == node(family, numbers))
            }
            let dropped = try topology.connect(1, from: .stranger, to: host, 30081, patience: 2)
            #expect(dropped == Topology.Report(failures: ["silent": 1]))
            for client in [Topology.Client.stranger, .pod] {
                let refused = try topology.connect(1, from: client, to: host, 30082)
                #expect(refused == Topology.Report(failures: ["refused": 1]), "\(client)")
            }
        }

        @Test(arguments: ProxyMode.allCases)
        func sourceRangesKeepOthersOut(_ mode: ProxyMode) throws {
            try files.addExternalService(
                "web", ["10.96.0.10"], nodePort: 30080, type: "LoadBalancer",
                spec: #""loadBalancerSourceRanges": ["10.64.9.0/24"],"#, balancers: ["198.51.100.90"])
            try addEndpoints(of: "web", 1...3)
            try switchyard.apply(mode)
            expectEvenSpread(
                try topology.connect(100, from: .pod, to: "198.51.100.90", 80), over: ["b1", "b2", "b3"], of: 100)
            for client in [Topology.Client.stranger, .node, .firstBackend] {
                let dropped = try topology.connect(1, from: client, to: "198.51.100.90", 80, patience: 2)
                #expect(dropped.names.isEmpty, "\(client): \(dropped)")
            }
            expectEvenSpread(
                try topology.connect(100, from: .stranger, to: "203.0.113.254", 30080), over: ["b1", "b2", "b3"],
                of: 100)
        }

        /// The endpoint's server goes on running, so that whoever is still sent to it gets its answer.
        @Test(arguments: ProxyMode.allCases, IPFamily.allCases)
        func aUDPFlowOfANodePortMovesWhenItsEndpointGoes(_ mode: ProxyMode, _ family: IPFamily) throws {
            try files.addExternalService("web", ["10.96.0.10", "fd96::10"], nodePort: 30080)
            try addEndpoints(of: "web", 1...3)
            let daemon = try switchyard.start(mode)
            let host = family == .ipv4 ? "203.0.113.254" : "2001:db8::fe"
            let flow = try topology.hold(from: .stranger, over: "udp", to: host, 30080)
            let ask = { (answers: Int) in
                try flow.send("who?")
                try flow.wait(for: "an answer") { try flow.output.count == answers }
                return String(try flow.output[answers - 1].prefix(2))
            }
            let owner = try ask(1)
            try files.remove("slice-web-\(owner.dropFirst())\(family == .ipv4 ? "" : "-v6").json")
            try daemon.wait(for: "the flow's end") { try daemon.errors.contains { $0.contains("1 flows ended") } }
            #expect(try ask(2) != owner)
        }

        @Test func localhostServesNodePortsInIPTablesMode() throws {
            try files.addExternalService("web", ["10.96.0.10"], nodePort: 30080)
            try addEndpoints(of: "web", 1...3)
            try switchyard.apply(.iptables)
            let report = try topology.connect(100, from: .node, to: "127.0.0.1", 30080)
            expectEvenSpread(report, over: ["b1", "b2", "b3"], of: 100)
            // NAT sees the first packet of each connection alone; a second sync, and the other mode, leave the count.
            let count = { try topology.node.check(["nfacct", "get", "localhost_nps_accepted_pkts"]) }
            #expect(try count().contains("pkts = 00000000000000000100"))
            try switchyard.apply(.iptables)
            try switchyard.apply(.nftables)
            #expect(try count().contains("pkts = 00000000000000000100"))
            let refused = try topology.connect(1, from: .node, to: "127.0.0.1", 30080)
            #expect(refused == Topology.Report(failures: ["refused": 1]), "nobody listens there")
        }
    }
}
