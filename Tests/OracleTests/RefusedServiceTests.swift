import NetworkValues
import ProxyConfiguration
import ProxyDaemon
import Testing
import TestSupport

extension KernelTests {
    /// What the kernel really refuses for one Service.
    struct RefusedServiceTests {
        /// A chain of the name of a Service's, which cannot be led to, since it is hooked in.
        @Test func aChainThatIsSomebodyElsesStopsItsServiceAlone() throws {
            let files = try ClusterFiles()
            let switchyard = SwitchyardCommand(node: try NetworkNamespace("node"), files: files)
            try files.addWeb()
            try files.addService("other", ["10.96.0.20"])
            try files.addEndpoint("other-1", of: "other", "10.64.1.9")
            let text = try switchyard.render(["--format", "iptables"])
            let comment = "-d 10.96.0.20/32 -p tcp -m comment --comment \"default/other:tcp cluster IP\""
            let line = try #require(
                text.split(separator: "\n").first { $0.contains(comment) && $0.contains("-j KUBE-SVC") })
            let chain = try #require(line.split(separator: " ").last)
            try switchyard.node.check(["nft", "add table ip nat"])
            try switchyard.node.check(
                ["nft", "add chain ip nat \(chain) { type nat hook prerouting priority 0; }"])
            let result = try switchyard.tryToApply(.iptables)
            #expect(result.status == 1)
            #expect(
                result.errors.contains("Service default/other: the kernel refuses its rules, and it is left out: add "))
            let rules = try switchyard.node.save(.ipv4)
            #expect(rules.contains("default/web:tcp") && !rules.contains("default/other"))
            // Once the kernel takes it, it is served.
            try switchyard.node.check(["nft", "delete chain ip nat \(chain)"])
            try switchyard.apply(.iptables)
            #expect(try switchyard.node.save(.ipv4).contains("default/other:tcp"))
        }
    }
}
