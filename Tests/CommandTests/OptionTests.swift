import ArgumentParser
import Logging
import NetworkValues
import ProxyConfiguration
import ProxyPlanning
import RuleCompilers
import Testing

@testable import switchyard

@Suite struct OptionTests {
    private func configuration(_ arguments: [String]) throws -> Configuration {
        try Configuration.resolve([ProxyOptions.parse(arguments).layer], on: MachineFacts(hostName: "host"))
    }

    private func proxySettings(_ arguments: [String]) throws -> ProxySettings { try configuration(arguments).proxy }

    @Test func whatWasNotGivenIsToldFromWhatWas() throws {
        #expect(try ProxyOptions.parse([]).layer == ConfigurationLayer(.flags))
        let layer = try ProxyOptions.parse(["--masquerade-all=false", "--nodeport-addresses", ""]).layer
        #expect(layer.masqueradeAll == false && layer.nodePortAddresses == [""])
        #expect(layer.localhostNodePorts == nil && layer.proxyMode == nil)
    }

    @Test func passesSettingsOnAsKubeProxyReadsThem() throws {
        let configuration = try configuration([
            "--hostname-override", "\t Node A\n", "--cluster-cidr=10.64.0.0/16,fd64::/48", "--masquerade-all=true",
            "--iptables-masquerade-bit=15", "--detect-local-mode", "",
        ])
        let settings = configuration.proxy
        #expect(settings.nodeName == "node a")
        #expect(settings.clusterCIDRs.map(\.description) == ["10.64.0.0/16", "fd64::/48"])
        #expect(settings.masqueradeAll && settings.detectLocalMode == .clusterCIDR)
        #expect(configuration.rules.masqueradeMark == 1 << 15)
    }

    @Test func theHostNameIsTheNodesNameIfNoOtherIsGiven() throws {
        #expect(try !proxySettings(["--hostname-override", ""]).nodeName.isEmpty)
    }

    /// kube-proxy looks at the blocks in one mode only.
    @Test func theClusterCIDRIsForItsOwnModeOnly() throws {
        let settings = try proxySettings(["--cluster-cidr=x", "--detect-local-mode=NodeCIDR"])
        #expect(settings.clusterCIDRs.isEmpty && settings.detectLocalMode == .nodeCIDR)
        #expect(try proxySettings(["--cluster-cidr", ""]).clusterCIDRs.isEmpty)
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
        let settings = try proxySettings([
            "--service-cluster-ip-range=10.96.0.0/16,fd96::/112", "--service-node-port-range", ports,
        ])
        #expect(settings.serviceClusterIPRanges.map(\.description) == ["10.96.0.0/16", "fd96::/112"])
        #expect(settings.serviceNodePortRange == range)
        let none = try proxySettings([])
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
        let settings = try proxySettings(arguments)
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
        #expect(try configuration(arguments).warnings.count == count)
    }

    @Test func podsAreDetectedByInterface() throws {
        let bridge = try proxySettings(["--detect-local-mode=BridgeInterface", "--pod-bridge-interface=cni0"])
        let onBridge = PodTraffic.interface("cni0")
        #expect(NodeView(bridge, node: nil).podTraffic == [.ipv4: onBridge, .ipv6: onBridge])
        let prefix = try proxySettings([
            "--detect-local-mode=InterfaceNamePrefix", "--pod-interface-name-prefix=veth",
        ])
        #expect(NodeView(prefix, node: nil).podTraffic[.ipv6] == .interfacePrefix("veth"))
    }

    @Test func flowsOfOtherProtocolsEndIfAskedFor() throws {
        #expect(try proxySettings([]).endedFlows == [.udp])
        let all = try configuration(["--conntrack-cleanup=all", "--conntrack-tcp-be-liberal=1"])
        #expect(all.proxy.endedFlows == Set(TransportProtocol.allCases))
        #expect(!all.rules.dropsInvalid && all.setsTCPLiberal)
    }

    @Test(arguments: [
        (["--iptables-min-sync-period=2s", "--iptables-sync-period=1s"], "--iptables-min-sync-period"),
        (["--sync-period", "0"], "--iptables-sync-period"), (["--sync-period", "-1s"], "--iptables-sync-period"),
        (["--iptables-min-sync-period", "-1s"], "--iptables-min-sync-period"),
    ])
    func theSyncPeriodsMustFitEachOther(arguments: [String], named: String) {
        do {
            _ = try ProxyOptions.parse(arguments)
            Issue.record("\(arguments) is taken")
        } catch {
            #expect(ProxyOptions.message(for: error).hasPrefix(named))
        }
    }

    @Test func theSyncPeriodsHaveKubeProxysNamesAndShortOnes() throws {
        for prefix in ["--", "--iptables-"] {
            let daemon = try configuration(["\(prefix)sync-period", "1m", "\(prefix)min-sync-period=0"]).daemon
            #expect(daemon.retryPeriod == .seconds(60) && daemon.minSyncPeriod == .zero)
        }
    }

    @Test(arguments: [("0", Logger.Level.info), ("3", .info), ("4", .debug), ("5", .trace), ("10", .trace)])
    func theVerbosityIsALevelOfTheLog(verbosity: String, level: Logger.Level) throws {
        for flag in ["-v", "--v"] { #expect(try configuration([flag, verbosity]).daemon.logLevel == level) }
    }
}
