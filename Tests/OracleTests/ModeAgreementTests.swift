import ClusterModel
import NetworkValues
import PacketTracing
import ProxyPlanning
import RuleCompilers
import RuleTesting
import Testing

/// Goal: the two modes do the same with a packet, but where kube-proxy's own modes differ.
/// Method: random clusters; packets from everywhere to every frontend and beside it are traced through the rules of both.
struct ModeAgreementTests {
    private static let settings = ProxySettings(
        nodeName: "node-a", clusterCIDRs: ["10.64.0.0/16", "fd64::/64"].compactMap { IPPrefix($0) })

    /// Clients: outside in a source range and in none, a pod, an endpoint, and the node itself.
    private static let clients: [(IPAddress, Packet.Origin)] = [
        ("203.0.113.1", .forwarded), ("198.51.100.1", .forwarded), ("10.64.0.200", .forwarded),
        ("10.64.0.1", .forwarded), ("192.0.2.10", .local), ("2001:db8:f::1", .forwarded),
        ("2001:db8:e::1", .forwarded), ("fd64::200", .forwarded), ("fd64::1", .forwarded), ("2001:db8::10", .local),
    ].compactMap { text, origin in IPAddress(text).map { ($0, origin) } }

    @Test(arguments: 1...40)
    func packetsGoTheSameWay(seed: Int) throws {
        var cluster = RandomCluster(seed: UInt64(seed))
        var snapshot = ClusterSnapshot()
        for _ in 0..<25 { snapshot.apply(cluster.edits()) }
        let plan = Planner.plan(snapshot, Self.settings)
        let nodeAddresses = Set(RandomCluster.nodeAddresses)
        let nftables = try PacketTracer(NFTablesCompiler.compile(plan), nodeAddresses: nodeAddresses)
        let iptables = try IPTablesTracer(IPTablesCompiler.compile(plan), nodeAddresses: nodeAddresses)
        var count = 0
        for port in plan.services.values.flatMap(\.ports) {
            for frontend in port.frontends {
                for packet in Self.packets(to: frontend, port) {
                    if Self.modesDiffer(on: packet, to: frontend) { continue }
                    let ours = nftables.trace(packet).outcomes
                    #expect(ours == iptables.trace(packet).outcomes, "\(packet) to \(frontend) of \(port.name)")
                    count += 1
                }
            }
        }
        #expect(count > 0 || plan.services.isEmpty)
        for port in plan.services.values.flatMap(\.ports) where port.affinitySeconds != nil {
            expectSameMemory(of: port, nftables, iptables)
        }
    }

    /// A client that came by one frontend comes again by another: the same becomes of it in both modes.
    private func expectSameMemory(of port: ServicePortPlan, _ nftables: PacketTracer, _ iptables: IPTablesTracer) {
        for frontend in port.frontends where frontend.action != .reject {
            for packet in Self.packets(to: frontend, port) {
                let branches = iptables.trace(packet).branches
                for ours in nftables.trace(packet).branches {
                    guard let theirs = branches.first(where: { $0.outcome == ours.outcome }) else { continue }
                    for other in port.frontends where other.action != .reject {
                        for next in Self.packets(to: other, port) where next.source == packet.source {
                            let first = nftables.trace(next, affinity: ours.affinity).outcomes
                            let second = iptables.trace(next, affinity: theirs.affinity).outcomes
                            #expect(first == second, "\(packet), then \(next), of \(port.name)")
                        }
                    }
                }
            }
        }
    }

    /// Where kube-proxy's modes differ. A frontend without endpoints that has source ranges: the one mode looks at the source
    /// first, the other at whether there are endpoints. One that is no address of the node: iptables mode does not refuse
    /// the node's own packets, since KUBE-EXTERNAL-SERVICES is not asked at the output hook.
    private static func modesDiffer(on packet: Packet, to frontend: Frontend) -> Bool {
        guard frontend.action == .reject else { return false }
        let isExternal = frontend.kind == .externalIP || frontend.kind == .loadBalancerIP
        let isElsewhere = !RandomCluster.nodeAddresses.contains(packet.destination.address)
        return frontend.allowedSources != nil || isExternal && isElsewhere && packet.origin == .local
    }

    private static func packets(to frontend: Frontend, _ port: ServicePortPlan) -> [Packet] {
        let places: [SocketAddress] =
            switch frontend.place {
            case .address(let address): [address]
            case .nodePort(let number): RandomCluster.nodeAddresses.map { SocketAddress($0, number) }
            }
        return places.filter { $0.address.family == port.family }.flatMap { place in
            clients.filter { $0.0.family == port.family }.map { client, origin in
                Packet(
                    source: SocketAddress(client, 40000), destination: place,
                    protocol: port.name.transportProtocol, origin: origin)
            }
        }
    }
}
