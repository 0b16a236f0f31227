import NetworkValues
import ProxyConfiguration
import ProxyDaemon
import Testing
import TestSupport

extension KernelTests {
    /// The commands on a node of their own, without packets.
    struct IPTablesCommandTests {
        private let files: ClusterFiles
        private let switchyard: SwitchyardCommand

        init() throws {
            switchyard = try SwitchyardCommand(servingWebOn: try NetworkNamespace("node"))
            files = switchyard.files
        }

        @Test(arguments: ProxyMode.allCases)
        func diffPrintsWhatApplyWouldDo(_ mode: ProxyMode) throws {
            let before = try switchyard.listing()
            let first = try switchyard.diff(mode)
            let batch = try switchyard.render(["--stage", "batch", "--proxy-mode", mode.rawValue])
            #expect(first.output == batch, "there was nothing before")
            #expect(first.status == 1 && first.output.contains("10.64.1.1"))
            #expect(first.output.contains("nfacct add ct_state_invalid_dropped_pkts\n") == (mode == .iptables))
            #expect(try switchyard.listing() == before, "nothing was touched")
            try switchyard.apply(mode)
            let second = try switchyard.diff(mode)
            #expect(second.status == 0 && second.output.isEmpty && second.errors.isEmpty)
            try files.remove("slice-web-2.json")
            let third = try switchyard.diff(mode)
            #expect(third.status == 1 && third.output.contains("10.64.2.1") == (mode == .nftables))
            #expect(!third.output.contains("fd64"), "only what changes: \(third.output)")
            let other = try switchyard.diff(mode == .nftables ? .iptables : .nftables)
            let removal = mode == .iptables ? "delete chain ip nat KUBE-" : "delete table ip switchyard"
            #expect(other.output.contains(removal))
            try files.write("broken.json", "{")
            #expect(try switchyard.diff(mode).status == 2)
        }

        @Test func eachBoundaryOfThePipelineIsPrinted() throws {
            let snapshot = try switchyard.render(["--stage", "snapshot"])
            #expect(snapshot.split(separator: "\n").contains { $0.hasPrefix("Service default/web ") })
            #expect(snapshot.contains("EndpointSlice ") && snapshot.contains("10.64.1.1"))
            let view = try switchyard.render(["--stage", "view"])
            #expect(view.hasPrefix("name: node-a\n") && view.contains("podTraffic: "))
            #expect(try switchyard.render(["--stage", "plan"]).hasPrefix("Node node-a"))
        }

        /// What is printed in the format of a mode is what that mode commits, whichever is asked for beside.
        @Test func formatsAreThoseOfTheirModes() throws {
            try files.addExternalService("external", ["10.96.0.20"], nodePort: 30080)
            try switchyard.apply(.iptables)
            let text = try switchyard.render(["--format", "iptables"])
            #expect(text.contains("--dst-type LOCAL -j KUBE-NODEPORTS"))
            #expect(text.hasPrefix("# first: nfacct add ct_state_invalid_dropped_pkts\n"))
            #expect(text == (try switchyard.render(["--format", "iptables", "--proxy-mode", "iptables"])))
            let theirs = try NetworkNamespace("theirs")
            try theirs.restore(text, .ipv4)
            #expect(try switchyard.node.save(.ipv4) == theirs.save(.ipv4))
            let both = try switchyard.render(["--proxy-mode", "iptables"])
            #expect(both.contains(text) && both.contains("# for ip6tables-restore --noflush"))
            #expect(
                try switchyard.render(["--format", "nft", "--proxy-mode", "iptables"]) == switchyard.render([]))
        }

        @Test func legacyRulesAreNotOverlooked() throws {
            let node = switchyard.node
            try node.check(["iptables-legacy", "-t", "nat", "-N", "KUBE-SERVICES"])
            let before = try switchyard.listing()
            let refusal = try switchyard.tryToApply(.iptables)
            #expect(refusal.status != 0 && refusal.errors.contains("ip nat of iptables-legacy"))
            #expect(refusal.errors.contains("iptables-legacy-restore --noflush"))
            #expect(try switchyard.listing() == before)
            let warning = try switchyard.tryToApply(.nftables)
            #expect(warning.status == 0 && warning.errors.contains("ip nat of iptables-legacy"))
            // Other people's legacy rules are no obstacle.
            try node.check(["iptables-legacy", "-t", "nat", "-X", "KUBE-SERVICES"])
            try node.check(["iptables-legacy", "-t", "nat", "-N", "KUBE-SERVICES-OF-OTHERS"])
            #expect(try switchyard.tryToApply(.iptables).status == 0)
        }

        @Test func tablesOfKubeProxyAreNotOverlooked() throws {
            try switchyard.node.check(["nft", "add", "table", "ip6", "kube-proxy"])
            for mode in ProxyMode.allCases {
                let warning = try switchyard.tryToApply(mode)
                #expect(warning.status == 0 && warning.errors.contains("table ip6 kube-proxy"), "\(warning)")
            }
            #expect(try switchyard.listing().contains("table ip6 kube-proxy"))
        }

        @Test func localhostIsRoutedInIPTablesModeOnly() throws {
            let path = "/proc/sys/net/ipv4/conf/all/route_localnet"
            try switchyard.apply(.nftables)
            #expect(try switchyard.node.check(["cat", path]) == "0\n")
            try switchyard.apply(.iptables)
            #expect(try switchyard.node.check(["cat", path]) == "1\n")
            // The rule that keeps neighbours from 127.0.0.1 may go at any time once nobody repairs it.
            try switchyard.apply(.nftables)
            #expect(try switchyard.node.check(["cat", path]) == "0\n")
            try switchyard.apply(.iptables)
            try switchyard.cleanup()
            #expect(try switchyard.node.check(["cat", path]) == "0\n")
            // Without such rules it is somebody else's.
            try switchyard.node.check(["sh", "-c", "echo 1 > \(path)"])
            try switchyard.apply(.nftables)
            try switchyard.cleanup()
            #expect(try switchyard.node.check(["cat", path]) == "1\n")
        }

        @Test func cleanupLeavesOtherPeoplesRules() throws {
            let node = switchyard.node
            try ForeignRules.load(into: node)
            try node.check(["iptables-nft", "-N", "KUBE-FIREWALL"])
            try node.check(["iptables-nft", "-A", "INPUT", "-j", "KUBE-FIREWALL"])
            let before = try node.save(.ipv4)
            try switchyard.apply(.iptables)
            // Somebody uses a chain of ours, as the CNI plugin portmap does.
            try node.check(["iptables-nft", "-t", "nat", "-A", "FOREIGN", "-j", "KUBE-MARK-MASQ"])
            try switchyard.cleanup()
            let between = try node.save(.ipv4)
            #expect(between.contains("-A KUBE-MARK-MASQ -j MARK") && !between.contains("KUBE-SVC"))
            try node.check(["iptables-nft", "-t", "nat", "-D", "FOREIGN", "-j", "KUBE-MARK-MASQ"])
            try switchyard.cleanup()
            #expect(try node.check(["nfacct", "list"]).contains("ct_state_invalid_dropped_pkts"), "as kube-proxy does")
            // The kubelet's chain stays, with our rule in it and our jumps to it.
            let after = try node.save(.ipv4).split(separator: "\n").filter { !$0.contains("KUBE-FIREWALL") }
            #expect(after == before.split(separator: "\n").filter { !$0.contains("KUBE-FIREWALL") })
        }
    }
}
