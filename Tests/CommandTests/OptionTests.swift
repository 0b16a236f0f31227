import ArgumentParser
import Logging
import NetworkValues
import ProxyDaemon
import ProxyPlanning
import RuleCompilers
import Testing

@testable import switchyard

@Suite struct OptionTests {
    @Test(arguments: [
        ("0", Duration.zero), ("500ms", .milliseconds(500)), ("1m30s", .seconds(90)), ("1.5h", .seconds(5400)),
        ("10us", .microseconds(10)), ("10\u{B5}s", .microseconds(10)), ("10\u{3BC}s", .microseconds(10)),
        ("-1s", .seconds(-1)), ("+1s", .seconds(1)), ("-0", .zero), (".5s", .milliseconds(500)),
        ("2562047h", .seconds(9_223_369_200)),
    ])
    func readsGoDurations(text: String, duration: Duration) {
        #expect(GoDuration(argument: text)?.duration == duration)
    }

    @Test(arguments: ["", "5", "s", "-", "--1s", "1x", "1s1", "1..5s", "١s", "2562048h", "00"])
    func refusesWhatIsNoGoDuration(text: String) {
        #expect(GoDuration(argument: text) == nil)
    }

    @Test(arguments: ["10.0.0.0/8,10.1.0.0/16", "10.0.0.0", "10.0.0.0/8,", " "])
    func takesOneClusterCIDRPerFamily(text: String) {
        #expect(ClusterCIDRs(text) == nil)
    }

    @Test func passesSettingsOnAsKubeProxyReadsThem() throws {
        let options = try ProxyOptions.parse([
            "--hostname-override", "\t Node A\n", "--cluster-cidr=10.64.0.0/16,fd64::/48", "--masquerade-all=true",
            "--iptables-masquerade-bit=15", "--detect-local-mode", "",
        ])
        let settings = options.settings
        #expect(settings.nodeName == "node a")
        #expect(settings.clusterCIDRs.map(\.description) == ["10.64.0.0/16", "fd64::/48"])
        #expect(settings.masqueradeAll && settings.detectLocalMode == .clusterCIDR)
        #expect(options.ruleSettings(for: .nftables).masqueradeMark == 1 << 15)
    }

    @Test func theHostNameIsTheNodesNameIfNoOtherIsGiven() throws {
        #expect(try !ProxyOptions.parse(["--hostname-override", ""]).settings.nodeName.isEmpty)
    }

    /// kube-proxy looks at the blocks in one mode only.
    @Test func theClusterCIDRIsForItsOwnModeOnly() throws {
        let settings = try ProxyOptions.parse(["--cluster-cidr=x", "--detect-local-mode=NodeCIDR"]).settings
        #expect(settings.clusterCIDRs.isEmpty && settings.detectLocalMode == .nodeCIDR)
        #expect(try ProxyOptions.parse(["--cluster-cidr", ""]).settings.clusterCIDRs.isEmpty)
    }

    @Test(arguments: [
        ["--iptables-masquerade-bit=32"], ["--proxy-mode=ipvs"], ["--cluster-cidr=x"], ["--detect-local-mode=None"],
        ["--detect-local-mode=BridgeInterface"], ["--detect-local-mode=InterfaceNamePrefix"],
        ["--detect-local-mode=BridgeInterface", "--pod-bridge-interface=sixteen-bytes-ab"],
        ["--detect-local-mode=InterfaceNamePrefix", "--pod-interface-name-prefix=fifteen-bytes-a"],
        ["--detect-local-mode=BridgeInterface", "--pod-bridge-interface=a b"], ["--nodeport-addresses=10.0.0.1"],
        ["--nodeport-addresses=primary,10.0.0.0/8"], ["--conntrack-cleanup=tcp"],
        ["--service-cluster-ip-range=10.96.0.0"], ["--service-node-port-range=2-1"], ["--service-node-port-range=0-5"],
        ["--service-node-port-range=1-65536"], ["--service-node-port-range=1-"], ["--service-node-port-range=a-b"],
        ["--service-node-port-range=60000+6000"], ["--service-cluster-ip-range="],
        ["--hostname-override", " "],
        ["--nodeport-addresses=primary", "--nodeport-addresses=10.0.0.0/8"], ["--nodeport-addresses=10.0.0.0/8,"],
        ["--masquerade-all=yes"], ["--masquerade-all", ""], ["--proxy-mode=IPTables"], ["-v", "-1"], ["-v", "x"],
        ["--logging-format=xml"],
    ])
    func refusesWhatItCannotDo(arguments: [String]) {
        #expect(throws: (any Error).self) { _ = try ProxyOptions.parse(arguments) }
    }

    @Test(arguments: [("30000-32767", 30000...32767), ("30000+2767", 30000...32767), ("30000", 30000...30000)])
    func takesTheRangesOfTheAPIServer(ports: String, range: ClosedRange<UInt16>) throws {
        let settings = try ProxyOptions.parse([
            "--service-cluster-ip-range=10.96.0.0/16,fd96::/112", "--service-node-port-range", ports,
        ]).settings
        #expect(settings.serviceClusterIPRanges.map(\.description) == ["10.96.0.0/16", "fd96::/112"])
        #expect(settings.serviceNodePortRange == range)
        let none = try ProxyOptions.parse([]).settings
        #expect(none.serviceClusterIPRanges.isEmpty && none.serviceNodePortRange == nil)
    }

    @Test(arguments: [
        ([], [], NodePortDefault.primary), (["--proxy-mode=iptables"], [], .all),
        (["--proxy-mode=iptables", "--nodeport-addresses=primary"], [], .primary),
        (["--proxy-mode=iptables", "--nodeport-addresses=10.0.0.0/8, fd00::/8"], ["10.0.0.0/8", "fd00::/8"], .all),
        (["--nodeport-addresses=0.0.0.0/0"], ["0.0.0.0/0"], .primary),
        (["--nodeport-addresses=10.0.0.0/8", "--nodeport-addresses=fd00::/8"], ["10.0.0.0/8", "fd00::/8"], .primary),
        (["--nodeport-addresses", "", "--proxy-mode=iptables"], [], .all),
    ])
    func nodePortAddressesDependOnTheMode(
        arguments: [String], blocks: [String], others: NodePortDefault
    ) throws {
        let settings = try ProxyOptions.parse(arguments).settings
        #expect(settings.nodePortAddresses.map(\.description) == blocks)
        #expect(settings.nodePortDefault == others)
    }

    @Test(arguments: [
        ([], 0), (["--proxy-mode=iptables"], 1), (["--proxy-mode=iptables", "--nodeport-addresses=primary"], 0),
        (["--cluster-cidr=10.0.0.0/8,fd00::/8", "--nodeport-addresses=192.0.2.0/24"], 1),
        (["--cluster-cidr=10.0.0.0/8", "--nodeport-addresses=192.0.2.0/24"], 0),
        (["--cluster-cidr=10.0.0.0/8,fd00::/8", "--nodeport-addresses=192.0.2.0/24,2001:db8::/32"], 0),
    ])
    func warnsOfNodePortsAtMoreAddressesThanMeant(arguments: [String], count: Int) throws {
        let settings = try ProxyOptions.parse(arguments).settings
        #expect(ProxyOptions.warnings(of: settings).count == count)
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
        let all = try ProxyOptions.parse(["--conntrack-cleanup=all", "--conntrack-tcp-be-liberal=1"])
        #expect(all.settings.endedFlows == Set(TransportProtocol.allCases))
        #expect(!all.ruleSettings(for: .iptables).dropsInvalid)
    }

    @Test(arguments: [
        (["--iptables-min-sync-period=2s", "--iptables-sync-period=1s"], "--iptables-min-sync-period"),
        (["--sync-period", "0"], "--iptables-sync-period"), (["--sync-period", "-1s"], "--iptables-sync-period"),
        (["--iptables-min-sync-period", "-1s"], "--iptables-min-sync-period"),
    ])
    func theSyncPeriodsMustFitEachOther(arguments: [String], named: String) {
        do {
            _ = try SyncPeriods.parse(arguments)
            Issue.record("\(arguments) is taken")
        } catch {
            #expect(SyncPeriods.message(for: error).hasPrefix(named))
        }
    }

    @Test func theSyncPeriodsHaveKubeProxysNamesAndShortOnes() throws {
        for prefix in ["--", "--iptables-"] {
            let periods = try SyncPeriods.parse(["\(prefix)sync-period", "1m", "\(prefix)min-sync-period=0"])
            #expect(periods.syncPeriod.duration == .seconds(60) && periods.minSyncPeriod.duration == .zero)
        }
    }

    @Test(arguments: [("0", Logger.Level.info), ("3", .info), ("4", .debug), ("5", .trace), ("10", .trace)])
    func theVerbosityIsALevelOfTheLog(verbosity: String, level: Logger.Level) throws {
        for flag in ["-v", "--v"] { #expect(try LogOptions.parse([flag, verbosity]).level == level) }
    }
}
