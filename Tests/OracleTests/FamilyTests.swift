import NetworkValues
import ProxyConfiguration
import ProxyDaemon
import Testing
import TestSupport

extension KernelTests {
    /// A machine that has lost a family.
    struct FamilyTests {
        @Test(arguments: ProxyMode.allCases)
        func noRulesOfIPv6WhereItIsSwitchedOff(_ mode: ProxyMode) throws {
            let files = try ClusterFiles()
            let switchyard = SwitchyardCommand(node: try NetworkNamespace("node"), files: files)
            try files.addWeb()
            try switchyard.apply(mode)
            let text = { (family: String) in try switchyard.node.check(["nft", "list", "ruleset", family]) }
            #expect(try text("ip").contains("10.64.1.1") && text("ip6").contains("fd64"))
            let ipv4 = try text("ip")
            try switchyard.node.check(["sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6"])
            let warning = try switchyard.tryToApply(mode)
            #expect(warning.status == 0 && warning.errors.contains("IPv6 is switched off"), "\(warning)")
            let left = try text("ip6")
            #expect(
                !left.contains("fd64") && !left.contains("switchyard") && !left.contains("KUBE-SERVICES"), "\(left)")
            #expect(try text("ip") == ipv4)
            #expect(try switchyard.diff(mode).status == 0)
        }
    }
}
