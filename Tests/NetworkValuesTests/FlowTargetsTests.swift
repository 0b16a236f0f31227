import NetworkValues
import Testing

@Suite struct FlowTargetsTests {
    private let node = IPAddress(ipv4: 0xc000_020a)
    private let vip = IPAddress(ipv4: 0x0a60_000a)
    private let good = SocketAddress(IPAddress(ipv4: 0x0a40_0001), 53)
    private let bad = SocketAddress(IPAddress(ipv4: 0x0a40_0002), 53)

    private func destination(_ address: IPAddress, _ port: UInt16 = 53) -> FlowDestination {
        FlowDestination(.udp, SocketAddress(address, port))
    }

    @Test func addressAndPortOfTheTargetCount() {
        let flows = FlowTargets([.destination(destination(vip)): [good]])
        #expect(!flows.forbid(destination(vip), to: good))
        #expect(flows.forbid(destination(vip), to: bad))
        #expect(flows.forbid(destination(vip), to: SocketAddress(good.address, 54)))
        #expect(!flows.forbid(destination(vip, 54), to: bad), "another port is nobody's")
        #expect(!flows.forbid(FlowDestination(.tcp, SocketAddress(vip, 53)), to: bad), "another protocol is nobody's")
    }

    @Test func withoutTargetsNoFlowMayGoOn() {
        let flows = FlowTargets([.destination(destination(vip)): []])
        #expect(flows.forbid(destination(vip), to: good))
        #expect(flows.forbid(destination(vip), to: SocketAddress(vip, 53)), "one that is not translated")
    }

    @Test func localPortsAreMeantAtLocalAddressesOnly() {
        let flows = FlowTargets([.localPort(.udp, .ipv4, 30053): [good]], localAddresses: [node])
        #expect(!flows.forbid(destination(node, 30053), to: good))
        #expect(flows.forbid(destination(node, 30053), to: bad))
        #expect(!flows.forbid(destination(vip, 30053), to: bad), "another machine's port of the same number")
        #expect(!flows.forbid(destination(.loopback(.ipv4), 30053), to: bad))
        let elsewhere = IPAddress(ipv4: 0x7f00_0005)
        let withLoopback = FlowTargets(flows.targets, localAddresses: [.loopback(.ipv4)])
        #expect(withLoopback.forbid(destination(elsewhere, 30053), to: bad), "all of 127.0.0.0/8 is local")
    }

    /// An external IP may be the node's own address, and have the number of another Service's node port.
    @Test func anAddressComesBeforeALocalPort() {
        let place = FlowPlace.destination(destination(node, 30053))
        var flows = FlowTargets([.localPort(.udp, .ipv4, 30053): [good], place: [bad]], localAddresses: [node])
        #expect(flows.forbid(destination(node, 30053), to: good))
        #expect(!flows.forbid(destination(node, 30053), to: bad))
        flows.targets[place] = []
        #expect(!flows.forbid(destination(node, 30053), to: good))
        #expect(flows.forbid(destination(node, 30053), to: bad))
    }
}
