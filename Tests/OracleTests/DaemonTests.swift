import Foundation
import NetworkValues
import ProxyConfiguration
import ProxyDaemon
import Testing
import TestSupport

extension KernelTests {
    /// `switchyard run` over its life, with real connections beside.
    @Suite(.serialized) struct DaemonTests {
        private let topology: Topology
        private let files: ClusterFiles
        private let switchyard: SwitchyardCommand

        init() throws {
            topology = try Topology()
            switchyard = try SwitchyardCommand(servingWebOn: topology.node)
            files = switchyard.files
        }

        private func elements(of map: String) throws -> String {
            try topology.node.check(["nft", "list", "map", "ip", "switchyard", map])
        }

        @Test func endpointsComeAndGo() throws {
            let daemon = try switchyard.start()
            try files.remove("slice-web-2.json")
            try daemon.wait(for: "the endpoint's end") { try !elements(of: "backends").contains("10.64.2.1") }
            expectEvenSpread(try topology.connect(200, to: "10.96.0.10", 80), over: ["b1", "b3"], of: 200)
            // The other family is as it was.
            expectEvenSpread(try topology.connect(200, to: "fd96::10", 80), over: ["b1", "b2", "b3"], of: 200)
            try files.addEndpoint("web-2", of: "web", "10.64.2.1")
            try daemon.wait(for: "the endpoint's return") { try elements(of: "backends").contains("10.64.2.1") }
            expectEvenSpread(try topology.connect(200, to: "10.96.0.10", 80), over: ["b1", "b2", "b3"], of: 200)
            for number in 1...3 { try files.remove("slice-web-\(number).json") }
            try daemon.wait(for: "the last endpoint's end") { try !elements(of: "backends").contains("10.64.") }
            #expect(try topology.connect(1, to: "10.96.0.10", 80) == Topology.Report(failures: ["refused": 1]))
        }

        /// A client of an endpoint that goes away gets another one; the other clients keep theirs.
        @Test func affinityMovesWhenItsEndpointGoes() throws {
            try files.addService("web", ["10.96.0.10", "fd96::10"], spec: #""sessionAffinity": "ClientIP","#)
            let daemon = try switchyard.start()
            var owners: [String: [String: Int]] = [:]
            let addresses = (10...29).map { "10.64.9.\($0)" }
            try topology.addPodAddresses(addresses)
            for address in addresses {
                owners[address] = try topology.connect(1, to: "10.96.0.10", 80, source: address).names
            }
            let gone = try #require(owners["10.64.9.10"]?.keys.first)
            try files.remove("slice-web-\(gone.dropFirst()).json")
            try daemon.wait(for: "the endpoint's end") {
                try !topology.node.check(["nft", "list", "ruleset", "ip"]).contains("10.64.\(gone.dropFirst()).1")
            }
            for address in addresses {
                let now = try topology.connect(3, to: "10.96.0.10", 80, source: address).names
                if let owner = owners[address]?.keys.first, owner != gone {
                    #expect(now == [owner: 3], "\(address)")
                } else {
                    #expect(now.count == 1 && now[gone] == nil, "\(address): \(now)")
                }
            }
        }

        @Test func aBrokenFileHarmsNothingElse() throws {
            let daemon = try switchyard.start()
            let before = try switchyard.listing()
            try files.write("broken.json", #"{"apiVersion": "v1", "kind": "Service", "#)
            try daemon.wait(for: "a complaint") { try daemon.errors.contains { $0.contains("broken.json") } }
            // A file that was good and is broken now stays in force as it was.
            try files.write("slice-web-1.json", "{")
            try daemon.wait(for: "another complaint") {
                try daemon.errors.contains { $0.contains("slice-web-1.json") }
            }
            #expect(try switchyard.listing() == before)
            try files.addService("second", ["10.96.0.20"])
            try files.addEndpoint("second-1", of: "second", "10.64.3.1")
            try daemon.wait(for: "the new Service") { try elements(of: "backends").contains("10.96.0.20") }
            #expect(try topology.connect(10, to: "10.96.0.20", 80).names == ["b3": 10])
            expectEvenSpread(try topology.connect(200, to: "10.96.0.10", 80), over: ["b1", "b2", "b3"], of: 200)
        }

        @Test func aSecondDaemonNamesTheFirst() throws {
            let first = try switchyard.start()
            let second = try switchyard.script("exec \"$@\"", "run")
            #expect(second.status == 1)
            #expect(second.errors.contains("another switchyard keeps the rules in this network namespace: process "))
            #expect(second.errors.contains("switchyard run "))
            #expect(try first.terminate() == 0)
            _ = try switchyard.start()
        }

        @Test func aRestartIsNotNoticed() throws {
            try files.addService("sticky", ["10.96.0.20"], spec: #""sessionAffinity": "ClientIP","#)
            for number in 1...3 { try files.addEndpoint("sticky-\(number)", of: "sticky", "10.64.\(number).1") }
            let daemon = try switchyard.start()
            let held = try topology.hold(to: "10.96.0.10", 80)
            try held.send("once")
            try held.wait(for: "the first answer") { try held.output.count == 1 }
            let owner = try topology.connect(5, to: "10.96.0.20", 80).names
            let before = try switchyard.listing()
            #expect(before.contains("10.64.9.1"))

            #expect(try daemon.terminate() == 0)
            #expect(try switchyard.listing() == before, "SIGTERM leaves the rules")
            expectEvenSpread(try topology.connect(200, to: "10.96.0.10", 80), over: ["b1", "b2", "b3"], of: 200)
            try held.send("with nobody at the helm")
            try held.wait(for: "the second answer") { try held.output.count == 2 }

            let successor = try switchyard.start()
            #expect(try switchyard.listing() == before, "a restart changes nothing")
            #expect(try successor.errors.contains { $0.contains("+0 -0 elements") })
            try held.send("after the restart")
            try held.wait(for: "the third answer") { try held.output.count == 3 }
            #expect(try Set(held.output).count == 1)
            let ownerNow = try topology.connect(5, to: "10.96.0.20", 80).names
            #expect(ownerNow == owner, "affinity survives the restart")
        }

        /// Goal: a UDP client that keeps its socket gets another endpoint when its own goes, and only then.
        /// Method: the endpoint's server goes on running, so that whoever is still sent to it gets its answer.
        @Test(arguments: ["10.96.0.10", "fd96::10"])
        func aUDPFlowMovesWhenItsEndpointGoes(_ clusterIP: String) throws {
            let daemon = try switchyard.start()
            let flow = try topology.hold(over: "udp", to: clusterIP, 80)
            let ask = { (answers: Int) in
                try flow.send("who?")
                try flow.wait(for: "an answer") { try flow.output.count == answers }
                return String(try flow.output[answers - 1].prefix(2))
            }
            let owner = try ask(1)
            let other = owner == "b1" ? 2 : 1
            let suffix = clusterIP.contains(":") ? "-v6" : ""
            try files.remove("slice-web-\(other)\(suffix).json")
            try daemon.wait(for: "another endpoint's end") {
                try daemon.errors.filter { $0.contains("synced") }.count == 2
            }
            #expect(try ask(2) == owner)
            try files.remove("slice-web-\(owner.dropFirst())\(suffix).json")
            try daemon.wait(for: "the flow's end") { try daemon.errors.contains { $0.contains("1 flows ended") } }
            #expect(try ask(3) != owner)
        }

        /// The endpoint's server goes on running: without the option the connection would, too.
        @Test(arguments: [false, true])
        func aTCPConnectionEndsWithItsEndpointIfAskedFor(_ isAskedFor: Bool) throws {
            let daemon = try switchyard.start(.nftables, isAskedFor ? ["--conntrack-cleanup", "all"] : [])
            let held = try topology.hold(to: "10.96.0.10", 80)
            try held.send("who?")
            try held.wait(for: "an answer") { try held.output.count == 1 }
            let owner = try held.output[0].prefix(2).dropFirst()
            try files.remove("slice-web-\(owner).json")
            try daemon.wait(for: "the endpoint's end") {
                try daemon.errors.filter { $0.contains("synced") }.count == 2
            }
            #expect(try daemon.errors.contains { $0.contains("1 flows ended") } == isAskedFor)
            try held.send("and now?")
            if isAskedFor {
                try wait(for: "the end of the connection") { try held.errors.contains { $0.contains("Error") } }
            } else {
                try held.wait(for: "another answer") { try held.output.count == 2 }
            }
        }

        /// A restart of Debian's nftables.service flushes everybody's rules.
        @Test func aFlushIsRepaired() throws {
            let daemon = try switchyard.start()
            let before = try switchyard.listing()
            try topology.node.check(["nft", "flush", "ruleset"])
            try daemon.wait(for: "the repair") { try switchyard.listing() == before }
            #expect(try daemon.errors.contains { $0.contains("repaired") })
        }

        /// Goal: from one mode to the other and back, no connection fails, and nothing of the old mode stays.
        @Test func aModeSwitchIsNotNoticed() throws {
            let rules = { (mode: ProxyMode) in
                try topology.node.save(.ipv4).contains("KUBE-SERVICES") == (mode == .iptables)
                    && topology.node.save(.ipv6).contains("KUBE-SERVICES") == (mode == .iptables)
                    && switchyard.listing().contains("table ip6 switchyard") == (mode == .nftables)
            }
            var daemon = try switchyard.start(.iptables)
            #expect(try rules(.iptables))
            let held = try topology.hold(to: "10.96.0.10", 80)
            try held.send("once")
            try held.wait(for: "the first answer") { try held.output.count == 1 }
            for (number, mode) in [ProxyMode.nftables, .iptables, .nftables].enumerated() {
                let load = try ["10.96.0.10", "fd96::10"].map { try topology.load(to: $0, 80) }
                for one in load { try one.wait(for: "connections") { try !one.output.isEmpty } }
                #expect(try daemon.terminate() == 0)
                daemon = try switchyard.start(mode)
                #expect(try rules(mode))
                for one in load {
                    let before = try one.output.count
                    try one.wait(for: "connections after the switch") { try one.output.count > before + 1 }
                    #expect(try Set(one.output) == ["ok"])
                }
                try held.send("after the switch")
                try held.wait(for: "another answer") { try held.output.count == number + 2 }
            }
            #expect(try Set(held.output).count == 1)
        }

        @Test func anIPTablesFlushIsRepaired() throws {
            let daemon = try switchyard.start(.iptables)
            let before = try topology.node.save(.ipv4)
            for command in [["-t", "nat", "-F"], ["-t", "filter", "-F", "KUBE-FORWARD"]] {
                try topology.node.check(["iptables-nft"] + command)
                try daemon.wait(for: "the repair") { try topology.node.save(.ipv4) == before }
            }
            #expect(try daemon.errors.contains { $0.contains("repaired") })
        }

        @Test func endpointsComeAndGoInIPTablesMode() throws {
            let daemon = try switchyard.start(.iptables)
            try files.remove("slice-web-2.json")
            try daemon.wait(for: "the endpoint's end") { try !topology.node.save(.ipv4).contains("10.64.2.1") }
            expectEvenSpread(try topology.connect(200, to: "10.96.0.10", 80), over: ["b1", "b3"], of: 200)
            expectEvenSpread(try topology.connect(200, to: "fd96::10", 80), over: ["b1", "b2", "b3"], of: 200)
            for number in [1, 3] { try files.remove("slice-web-\(number).json") }
            try daemon.wait(for: "the last endpoint's end") { try !topology.node.save(.ipv4).contains("10.64.3.1") }
            #expect(try topology.connect(1, to: "10.96.0.10", 80) == Topology.Report(failures: ["refused": 1]))
        }

        @Test func cleanupTakesWhatIsOursAndNothingElse() throws {
            let others = """
                table ip other {
                	set addresses {
                		type ipv4_addr
                		elements = { 10.96.0.10 }
                	}

                	chain services {
                		type filter hook forward priority 5; policy accept;
                		ip daddr @addresses counter packets 0 bytes 0
                	}
                }
                table inet switchyard {
                	chain not-ours {
                	}
                }

                """
            try topology.node.check(["nft", "-f", "-"], input: others)
            let before = try switchyard.listing()
            let daemon = try switchyard.start()
            #expect(try switchyard.listing() != before)
            #expect(try daemon.terminate() == 0)
            try switchyard.cleanup()
            #expect(try switchyard.listing() == before)
            try switchyard.cleanup()
            #expect(try switchyard.listing() == before, "there is nothing left to clean up, and that is no error")
        }
    }
}
