import Foundation
import ProxyConfiguration
import ProxyDaemon
import Testing
import TestSupport

/// The fourth oracle: real connections, through the rules that `switchyard apply` has committed.
///
/// One after another, since each test has a dozen processes of its own.
@Suite(.serialized) struct KernelTests {
    @Suite(.serialized) struct PacketTests {
        private let topology: Topology
        private let files: ClusterFiles
        private let switchyard: SwitchyardCommand

        init() throws {
            topology = try Topology()
            files = try ClusterFiles()
            switchyard = SwitchyardCommand(node: topology.node, files: files)
        }

        @Test(arguments: ProxyMode.allCases, ["10.96.0.10", "fd96::10"])
        func everyoneGetsEachEndpointEvenly(_ mode: ProxyMode, _ host: String) throws {
            try files.addWeb()
            try switchyard.apply(mode)
            let isIPv4 = host == "10.96.0.10"
            let node = (1...3).map { isIPv4 ? "10.64.\($0).254" : "fd64:0:0:\($0)::fe" }
            for client in [Topology.Client.pod, .stranger, .node] {
                for transport in ["tcp", "udp"] {
                    let report = try topology.connect(300, from: client, over: transport, to: host, 80)
                    expectEvenSpread(report, over: ["b1", "b2", "b3"], of: 300)
                    let pod = isIPv4 ? "10.64.9.1" : "fd64:0:0:9::1"
                    #expect(report.peers == (client == .pod ? [pod] : Set(node)), "\(client) \(transport)")
                }
            }
        }

        @Test(arguments: ProxyMode.allCases, ["10.96.0.10", "fd96::10"])
        func anEndpointReachesItself(_ mode: ProxyMode, _ host: String) throws {
            let isIPv4 = host == "10.96.0.10"
            let link = isIPv4 ? "10.64.1." : "fd64:0:0:1::"
            try files.addWeb()
            let alone = isIPv4 ? "10.96.0.11" : "fd96::11"
            try files.addService("alone", [alone])
            try files.addEndpoint("alone-1", of: "alone", link + "1")
            try switchyard.apply(mode)
            let node = link + (isIPv4 ? "254" : "fe")
            for transport in ["tcp", "udp"] {
                let report = try topology.connect(20, from: .firstBackend, over: transport, to: alone, 80)
                #expect(report == Topology.Report(names: ["b1": 20], peers: [node]))
                // The others see who it really is.
                let both = try topology.connect(100, from: .firstBackend, over: transport, to: host, 80)
                expectEvenSpread(both, over: ["b1", "b2", "b3"], of: 100)
                #expect(both.peers == [node, link + "1"])
            }
        }

        /// In iptables mode a port that the Service does not have is none of the rules' business.
        @Test(arguments: ProxyMode.allCases, ["10.96.0.", "fd96::"])
        func whatNobodyServesIsRefusedAtOnce(_ mode: ProxyMode, _ prefix: String) throws {
            try files.addWeb()
            try files.addService("empty", [prefix + "11"])
            try files.addService("elsewhere", [prefix + "12"], spec: #""internalTrafficPolicy": "Local","#)
            let endpoint = prefix == "fd96::" ? "fd64:0:0:1::1" : "10.64.1.1"
            try files.addEndpoint("elsewhere-1", of: "elsewhere", endpoint)
            try switchyard.apply(mode)
            let places = mode == .nftables ? [("11", 80), ("10", 81)] : [("11", 80)]
            // In iptables mode TCP is refused by ICMP too, as kube-proxy does it: that comes late, and not often.
            let count = mode == .nftables ? 20 : 1
            for client in Topology.Client.allCases {
                for (host, port) in places {
                    let tcp = try topology.connect(count, from: client, to: prefix + host, port)
                    #expect(tcp == Topology.Report(failures: ["refused": count]), "\(client) \(host)")
                    // One only, since the kernel sends a host one ICMP message a second.
                    let udp = try topology.connect(1, from: client, over: "udp", to: prefix + host, port)
                    #expect(udp == Topology.Report(failures: ["refused": 1]), "\(client) \(host)")
                }
                guard mode == .nftables else { continue }
                #expect(try topology.repeatedFirstPackets(from: client) == 0, "\(client) was refused at once")
            }
            let dropped = try topology.connect(1, to: prefix + "12", 80, patience: 2)
            #expect(dropped == Topology.Report(failures: ["silent": 1]))
        }

        @Test(arguments: ProxyMode.allCases)
        func affinityHoldsForEachClient(_ mode: ProxyMode) throws {
            try files.addService(
                "sticky", ["10.96.0.10", "fd96::10"],
                spec: #""sessionAffinity": "ClientIP","#)
            for number in 1...3 {
                try files.addEndpoint("sticky-\(number)", of: "sticky", "10.64.\(number).1")
                try files.addEndpoint("sticky-\(number)-v6", of: "sticky", "fd64:0:0:\(number)::1")
            }
            try switchyard.apply(mode)
            for host in ["10.96.0.10", "fd96::10"] {
                for client in Topology.Client.allCases {
                    let report = try topology.connect(30, from: client, to: host, 80)
                    #expect(Array(report.names.values) == [30], "\(client) of \(host): \(report)")
                }
            }
            // Many clients are spread all the same: each address of the pod is one.
            let addresses = (10...69).map { "10.64.9.\($0)" }
            try topology.addPodAddresses(addresses)
            var names: [String: Int] = [:]
            for address in addresses {
                let report = try topology.connect(2, to: "10.96.0.10", 80, source: address)
                #expect(Array(report.names.values) == [2], "\(address): \(report)")
                for name in report.names.keys { names[name, default: 0] += 1 }
            }
            expectEvenSpread(Topology.Report(names: names), over: ["b1", "b2", "b3"], of: 60)
        }

        @Test func affinityEndsWithItsTimeout() throws {
            try files.addService(
                "sticky", ["10.96.0.10"],
                spec: """
                    "sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 2}},
                    """)
            for number in 1...3 { try files.addEndpoint("sticky-\(number)", of: "sticky", "10.64.\(number).1") }
            try switchyard.apply()
            let first = try topology.connect(1, to: "10.96.0.10", 80).names
            #expect(first.count == 1)
            // Each round waits until the kernel has forgotten the client; two of three lead to another endpoint.
            try wait(for: "another endpoint after the timeout") {
                let map = ["nft", "list", "map", "ip", "switchyard", "affinity-default/sticky/tcp/tcp"]
                try wait(for: "the end of the affinity") { try !topology.node.check(map).contains("10.64.9.1") }
                return try topology.connect(1, to: "10.96.0.10", 80).names != first
            }
        }

        /// Each connection renews the timeout, so that a busy client stays for longer than it.
        @Test func affinityIsRenewedByConnections() throws {
            let seconds = 4
            try files.addService(
                "sticky", ["10.96.0.10"],
                spec: """
                    "sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": \(seconds)}},
                    """)
            for number in 1...3 { try files.addEndpoint("sticky-\(number)", of: "sticky", "10.64.\(number).1") }
            try switchyard.apply()
            let first = try topology.connect(1, to: "10.96.0.10", 80).names
            let start = ContinuousClock.now
            var last = start
            while ContinuousClock.now < start.advanced(by: .seconds(2 * seconds)) {
                let now = try topology.connect(1, to: "10.96.0.10", 80).names
                let pause = last.duration(to: .now)
                last = .now
                // A machine that stands still for that long proves nothing.
                guard pause < .seconds(seconds) else { continue }
                #expect(now == first)
            }
        }
    }
}

/// Expects that each name has its even share, within five standard deviations of a fair draw, and that nothing failed.
func expectEvenSpread(
    _ report: Topology.Report, over names: Set<String>, of count: Int,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let probability = 1 / Double(names.count)
    let mean = Double(count) * probability
    let tolerance = 5 * (mean * (1 - probability)).squareRoot()
    let isEven = names.allSatisfy { abs(Double(report.names[$0] ?? 0) - mean) <= tolerance }
    let isComplete = report.names.values.reduce(0, +) == count && Set(report.names.keys).isSubset(of: names)
    #expect(isEven && isComplete && report.failures.isEmpty, "\(report)", sourceLocation: sourceLocation)
}
