import ArgumentParser
import NetworkValues
import ProxyPlanning
import Testing

@testable import switchyard

@Suite struct OptionTests {
    @Test(arguments: [
        ("0", Duration.zero), ("500ms", .milliseconds(500)), ("1m30s", .seconds(90)), ("1.5h", .seconds(5400)),
        ("10us", .microseconds(10)),
    ])
    func readsGoDurations(text: String, duration: Duration) {
        #expect(GoDuration(argument: text)?.duration == duration)
    }

    @Test(arguments: ["", "5", "s", "-1s", "1x", "1s1", "1..5s", "١s"])
    func refusesWhatIsNoGoDuration(text: String) {
        #expect(GoDuration(argument: text) == nil)
    }

    @Test(arguments: ["10.0.0.0/8,10.1.0.0/16", "10.0.0.0", "10.0.0.0/8,", ""])
    func takesOneClusterCIDRPerFamily(text: String) {
        #expect(ClusterCIDRs(argument: text) == nil)
    }

    @Test func passesSettingsOnAsKubeProxyReadsThem() throws {
        let options = try ProxyOptions.parse([
            "--hostname-override", " Node-A ", "--cluster-cidr=10.64.0.0/16,fd64::/48", "--masquerade-all",
            "--iptables-masquerade-bit=15", "--detect-local-mode=NodeCIDR",
        ])
        let settings = options.settings
        #expect(settings.nodeName == "node-a")
        #expect(settings.clusterCIDRs.map(\.description) == ["10.64.0.0/16", "fd64::/48"])
        #expect(settings.masqueradeAll && settings.masqueradeBit == 15 && settings.detectLocalMode == .nodeCIDR)
    }

    @Test(arguments: [
        ["--iptables-masquerade-bit=32"], ["--proxy-mode=ipvs"], ["--cluster-cidr=x"], ["--detect-local-mode=None"],
        ["--detect-local-mode=BridgeInterface"], ["--detect-local-mode=InterfaceNamePrefix"],
        ["--detect-local-mode=BridgeInterface", "--pod-bridge-interface=sixteen-bytes-ab"],
        ["--detect-local-mode=InterfaceNamePrefix", "--pod-interface-name-prefix=fifteen-bytes-a"],
        ["--detect-local-mode=BridgeInterface", "--pod-bridge-interface=a b"], ["--nodeport-addresses=10.0.0.1"],
        ["--nodeport-addresses=primary,10.0.0.0/8"], ["--conntrack-cleanup=tcp"],
    ])
    func refusesWhatItCannotDo(arguments: [String]) {
        #expect(throws: (any Error).self) { _ = try ProxyOptions.parse(arguments) }
    }

    @Test(arguments: [
        ([], [], NodePortDefault.primary), (["--proxy-mode=iptables"], [], .all),
        (["--proxy-mode=iptables", "--nodeport-addresses=primary"], [], .primary),
        (["--proxy-mode=iptables", "--nodeport-addresses=10.0.0.0/8, fd00::/8"], ["10.0.0.0/8", "fd00::/8"], .all),
        (["--nodeport-addresses=0.0.0.0/0"], ["0.0.0.0/0"], .primary),
    ])
    func nodePortAddressesDependOnTheMode(
        arguments: [String], blocks: [String], others: NodePortDefault
    ) throws {
        let settings = try ProxyOptions.parse(arguments).settings
        #expect(settings.nodePortAddresses.map(\.description) == blocks)
        #expect(settings.nodePortDefault == others)
    }

    @Test func podsAreDetectedByInterface() throws {
        let bridge = try ProxyOptions.parse(["--detect-local-mode=BridgeInterface", "--pod-bridge-interface=cni0"])
        let onBridge = PodTraffic.interface("cni0")
        #expect(NodeView(bridge.settings, node: nil).podTraffic == [.ipv4: onBridge, .ipv6: onBridge])
        let prefix = try ProxyOptions.parse([
            "--detect-local-mode=InterfaceNamePrefix", "--pod-interface-name-prefix=veth",
        ])
        #expect(NodeView(prefix.settings, node: nil).podTraffic[.ipv6] == .interfacePrefix("veth"))
    }

    @Test func flowsOfOtherProtocolsEndIfAskedFor() throws {
        #expect(try ProxyOptions.parse([]).settings.endedFlows == [.udp])
        let all = try ProxyOptions.parse(["--conntrack-cleanup=all", "--conntrack-tcp-be-liberal"]).settings
        #expect(all.endedFlows == Set(TransportProtocol.allCases) && all.tcpBeLiberal)
    }

    @Test func theSyncPeriodsMustFitEachOther() {
        #expect(throws: (any Error).self) {
            _ = try Run.parse(["--state", "x", "--min-sync-period", "2s", "--sync-period", "1s"])
        }
        #expect(throws: (any Error).self) { _ = try Run.parse(["--state", "x", "--sync-period", "0"]) }
    }
}
