import NetworkValues
import ProxyConfiguration
import ProxyPlanning
import RuleCompilers
import Testing

@Suite struct ResolutionTests {
    private let machine = MachineFacts(hostName: "host")

    private func layer(_ change: (inout ConfigurationLayer) -> Void) -> ConfigurationLayer {
        var layer = ConfigurationLayer(.flags)
        change(&layer)
        return layer
    }

    @Test func theDefaultsAreKubeProxysButForTheMode() throws {
        let configuration = try Configuration.resolve([], on: machine)
        #expect(configuration.mode == .nftables)
        var expected = ProxySettings(nodeName: "host")
        expected.nodePortDefault = .primary
        #expect(configuration.proxy == expected)
        #expect(configuration.rules == RuleSettings())
        #expect(configuration.daemon == DaemonSettings() && !configuration.setsTCPLiberal)
        #expect(configuration.warnings.isEmpty)
    }

    @Test func eachLayerWinsOverTheOneBeforeWhereItSaysAnything() throws {
        let first = layer {
            $0.hostnameOverride = "first"
            $0.masqueradeAll = true
            $0.masqueradeBit = 3
            $0.localhostNodePorts = false
        }
        let second = layer {
            $0.hostnameOverride = "second"
            $0.masqueradeAll = false
        }
        let third = layer { $0.hostnameOverride = "third" }
        let configuration = try Configuration.resolve([first, second, third], on: machine)
        #expect(configuration.proxy.nodeName == "third")
        #expect(!configuration.proxy.masqueradeAll)
        #expect(configuration.rules.masqueradeMark == 1 << 3 && !configuration.rules.localhostNodePorts)
        #expect(!configuration.proxy.localhostNodePorts, "which addresses it concerns is a matter of the plan")
        let other = try Configuration.resolve([third, second, first], on: machine)
        #expect(other.proxy.nodeName == "first" && other.proxy.masqueradeAll)
    }

    /// A value that is wrong in a layer below does no harm if nobody asks for it.
    @Test func onlyTheLastWordMatters() throws {
        let wrong = layer { $0.clusterCIDR = "x" }
        let right = layer { $0.clusterCIDR = "10.0.0.0/8" }
        #expect(throws: InvalidConfiguration.self) { try Configuration.resolve([right, wrong], on: machine) }
        let configuration = try Configuration.resolve([wrong, right], on: machine)
        #expect(configuration.proxy.clusterCIDRs.map(\.description) == ["10.0.0.0/8"])
    }

    @Test func theModeDecidesWhatDependsOnIt() throws {
        let facts = MachineFacts(hostName: "host", offersAccounting: true)
        for (mode, others) in [(ProxyMode.iptables, NodePortDefault.all), (.nftables, .primary)] {
            let layers = [layer { $0.proxyMode = mode }]
            #expect(Configuration.mode(of: layers) == mode)
            let configuration = try Configuration.resolve(layers, on: facts)
            #expect(configuration.proxy.nodePortDefault == others)
            #expect(configuration.rules.usesAccounting == (mode == .iptables))
        }
    }

    @Test func theMachineHasItsSay() throws {
        let facts = MachineFacts(hostName: " Host\n", families: [.ipv4], isTCPLiberal: true)
        let configuration = try Configuration.resolve([], on: facts)
        #expect(configuration.proxy.nodeName == "host" && configuration.proxy.families == [.ipv4])
        #expect(!configuration.rules.dropsInvalid && !configuration.setsTCPLiberal)
    }

    @Test func wrongValuesNameTheirFlagsAllAtOnce() {
        let wrong = layer {
            $0.hostnameOverride = " "
            $0.clusterCIDR = "x"
            $0.nodePortAddresses = ["10.0.0.1"]
            $0.masqueradeBit = 32
            $0.minSyncPeriod = GoDuration(.seconds(2))
            $0.syncPeriod = GoDuration(.seconds(1))
        }
        let lines = [
            "--hostname-override: must not be blank",
            "--cluster-cidr: must be a block such as 10.64.0.0/16, or two of different families with a comma between "
                + "them, not \"x\"",
            "--nodeport-addresses: must be blocks such as 192.0.2.0/24, or primary alone",
            "--iptables-masquerade-bit: must be between 0 and 31, inclusive",
            "--iptables-min-sync-period: must not be greater than --iptables-sync-period",
        ]
        expectRefusal(of: wrong, lines)
    }

    @Test(arguments: [
        (0, 0, "--iptables-sync-period: must be greater than 0, not 0s"),
        (-1, 0, "--iptables-sync-period: must be greater than 0, not -1s"),
        (1, -1, "--iptables-min-sync-period: must not be less than 0, as -1s is"),
    ])
    func periodsMustBeSuchAsCanBeWaitedFor(period: Int, minimum: Int, line: String) {
        let wrong = layer {
            $0.syncPeriod = GoDuration(.seconds(period))
            $0.minSyncPeriod = GoDuration(.seconds(minimum))
        }
        expectRefusal(of: wrong, [line])
    }

    @Test(arguments: [
        (DetectLocalMode.bridgeInterface, "a b", "--pod-bridge-interface", 15),
        (.bridgeInterface, "sixteen-bytes-ab", "--pod-bridge-interface", 15),
        (.interfaceNamePrefix, "", "--pod-interface-name-prefix", 14),
        (.interfaceNamePrefix, "fifteen-bytes-a", "--pod-interface-name-prefix", 14),
    ])
    func namesOfInterfacesMustBeSuchAsTheKernelHas(
        mode: DetectLocalMode, name: String, flag: String, lengthMax: Int
    ) {
        let wrong = layer {
            $0.detectLocalMode = mode
            $0.podBridgeInterface = name
            $0.podInterfaceNamePrefix = name
        }
        expectRefusal(of: wrong, ["\(flag): must be an interface name of at most \(lengthMax) bytes, not \"\(name)\""])
    }

    private func expectRefusal(
        of layer: ConfigurationLayer, _ lines: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        do {
            _ = try Configuration.resolve([layer], on: machine)
            Issue.record("\(layer) is taken", sourceLocation: sourceLocation)
        } catch {
            #expect(error.problems.map(\.description) == lines, sourceLocation: sourceLocation)
            #expect(error.description == lines.joined(separator: "\n"), sourceLocation: sourceLocation)
        }
    }
}
