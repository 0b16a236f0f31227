import ClusterModel
import NetworkValues
import ProxyPlanning
import Testing

@Suite struct StaleFlowsTests {
    private let destination = SocketAddress(IPAddress(ipv4: 0x0a60_000a), 53)

    private func endpoint(_ host: UInt32) -> SocketAddress { SocketAddress(IPAddress(ipv4: 0x0a00_0000 + host), 53) }

    /// A plan with one frontend, balanced over these endpoints.
    private func plan(
        _ hosts: [UInt32], lingering: [UInt32] = [], over transportProtocol: TransportProtocol = .udp
    ) -> ServicePlan {
        let frontend = Frontend(
            kind: .clusterIP, place: .address(destination), masquerading: .never,
            action: hosts.isEmpty ? .reject : .balance(.cluster))
        return ServicePlan(ports: [
            ServicePortPlan(
                name: ServicePortName(NamespacedName("ns", "dns"), "", transportProtocol), family: .ipv4,
                clusterEndpoints: hosts.map(endpoint), frontends: [frontend],
                lingeringEndpoints: lingering.map(endpoint))
        ])
    }

    private func targets(from old: ServicePlan?, to new: ServicePlan?) -> [Set<SocketAddress>] {
        Array(ServicePlan.staleFlows(from: old, to: new, of: [.udp], nodeAddresses: []).values)
    }

    @Test func flowsEndWithTheirEndpoint() {
        #expect(targets(from: plan([1, 2]), to: plan([2])) == [[endpoint(2)]])
        #expect(targets(from: plan([1]), to: plan([3])) == [[endpoint(3)]])
        #expect(targets(from: plan([1]), to: plan([])) == [[]])
    }

    @Test func flowsEndWithTheirFrontend() {
        #expect(targets(from: plan([1]), to: nil) == [[]])
        #expect(targets(from: plan([1]), to: ServicePlan()) == [[]])
    }

    @Test func flowsToNobodyEndWhenThereIsSomebody() {
        #expect(targets(from: plan([]), to: plan([1])) == [[endpoint(1)]])
        #expect(targets(from: nil, to: plan([1])) == [[endpoint(1)]])
    }

    @Test func otherFlowsGoOn() {
        #expect(targets(from: plan([1]), to: plan([1])) == [])
        #expect(targets(from: plan([1]), to: plan([1, 2])) == [])
        #expect(targets(from: plan([]), to: nil) == [])
        // An endpoint that still serves, but gets no new connections.
        #expect(targets(from: plan([1, 2]), to: plan([2], lingering: [1, 2])) == [])
        #expect(targets(from: plan([2], lingering: [1, 2]), to: plan([2])) == [[endpoint(2)]])
    }

    @Test(arguments: [TransportProtocol.tcp, .sctp]) func otherProtocolsEndByThemselves(_ other: TransportProtocol) {
        #expect(targets(from: plan([1], over: other), to: nil) == [])
        #expect(targets(from: nil, to: plan([1], over: other)) == [])
    }

    /// `--conntrack-cleanup=all`.
    @Test(arguments: [TransportProtocol.tcp, .sctp]) func otherProtocolsEndIfAskedFor(_ other: TransportProtocol) {
        let stale = ServicePlan.staleFlows(
            from: plan([1, 2], over: other), to: plan([2], over: other), of: Set(TransportProtocol.allCases),
            nodeAddresses: [])
        #expect(stale == [FlowDestination(other, destination): [endpoint(2)]])
    }

    @Test func nodePortsAreLookedForAtAllAddressesOfTheNode() {
        let nodePort = { (hosts: [UInt32]) in
            var plan = plan(hosts)
            plan.ports[0].frontends[0].place = .nodePort(30053)
            return plan
        }
        let addresses = [IPAddress(ipv4: 0xc000_020a), IPAddress(ipv4: 0x7f00_0001), IPAddress(ipv6High: 0, low: 1)]
        let stale = ServicePlan.staleFlows(
            from: nodePort([1]), to: nodePort([2]), of: [.udp], nodeAddresses: addresses)
        #expect(Set(stale.keys) == Set(addresses.prefix(2).map { FlowDestination(.udp, SocketAddress($0, 30053)) }))
    }
}
