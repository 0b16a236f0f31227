import ClusterModel
import ModelKernel
import NFTables
import NetworkValues
import ProxyPlanning
import RuleCompilers
import Testing

/// A generator that gives the same numbers in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

/// Goal: following edits one after another must end where compiling the last state from nothing ends.
/// Method: random edits of a small cluster, with collisions of names, cluster IPs and endpoints; each change is applied
/// to a model of the kernel's table, which refuses what the kernel would refuse.
@Suite struct IncrementalTests {
    static let settings = ProxySettings(
        nodeName: "node-a", clusterCIDRs: ["10.64.0.0/16", "fd64::/64"].compactMap { IPPrefix($0) })

    @Test(arguments: 1...20)
    func editsEndWhereCompilingAnewEnds(seed: Int) throws {
        var generator = SeededGenerator(state: UInt64(seed))
        var snapshot = ClusterSnapshot()
        var planner = Planner(Self.settings)
        var compiler = NFTablesCompiler()
        var kernel = ModelKernel()
        for _ in 0..<60 {
            let edits = (0..<Int.random(in: 1...4, using: &generator)).map { _ in Self.edit(&generator) }
            let change = snapshot.apply(edits)
            let changed = planner.update(to: snapshot, change: change)
            for change in compiler.update(to: planner.plan, changed: changed) { try kernel.apply(change) }
            let anew = NFTablesCompiler.compile(Planner.plan(snapshot, Self.settings))
            for contents in anew { #expect(kernel.tables[contents.id] == ModelKernel.Table(contents)) }
        }
    }

    @Test func changesNothingWhenTheKernelHoldsThePlan() throws {
        var generator = SeededGenerator(state: 7)
        var snapshot = ClusterSnapshot()
        snapshot.apply((0..<40).map { _ in Self.edit(&generator) })
        let plan = Planner.plan(snapshot, Self.settings)
        var compiler = NFTablesCompiler(kernel: NFTablesCompiler.compile(plan))
        let changes = compiler.update(to: plan, changed: [])
        #expect(changes.filter { !$0.isEmpty } == [])
        // What rules put into dynamic maps while nobody looked is not known, and must be looked at.
        let sticky = NFTablesCompiler.compile(plan).flatMap(\.sets).filter(\.isDynamic).count
        #expect(sticky > 0)
        #expect(changes.flatMap(\.prunedMaps).count == sticky)
    }

    private static func edit(_ generator: inout SeededGenerator) -> ObjectEdit {
        let name = NamespacedName("ns", "svc\(Int.random(in: 0..<5, using: &generator))")
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: return .delete(ObjectReference(.service, name))
        case 1: return .delete(ObjectReference(.endpointSlice, NamespacedName("ns", "\(name.name)-a")))
        case 2...4: return .put(.service(service(name, &generator)))
        case 5: return .put(.node(node(&generator)))
        default: return .put(.endpointSlice(slice(of: name, &generator)))
        }
    }

    private static func service(_ name: NamespacedName, _ generator: inout SeededGenerator) -> Service {
        let index = UInt32.random(in: 0..<6, using: &generator)
        let isDual = Bool.random(using: &generator)
        let ipv6 = IPAddress(ipv6High: 0xfd96 << 48, low: UInt64(index))
        return Service(
            metadata: ObjectMetadata(name: name),
            clusterIPs: [IPAddress(ipv4: 0x0a60_0000 + index)] + (isDual ? [ipv6] : []),
            ports: [
                Service.Port(name: "a", port: 80), Service.Port(name: "b", transportProtocol: .udp, port: 53),
            ],
            sessionAffinity: Bool.random(using: &generator) ? .none : .clientIP(timeoutSeconds: 10),
            internalTrafficPolicy: Int.random(in: 0..<4, using: &generator) == 0 ? .local : .cluster)
    }

    private static func slice(of service: NamespacedName, _ generator: inout SeededGenerator) -> EndpointSlice {
        let isIPv6 = Bool.random(using: &generator)
        let suffix = ["a", "b"].randomElement(using: &generator) ?? "a"
        let endpoints = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
            // Some endpoints are at addresses that Services claim as cluster IPs.
            let base: UInt32 = Int.random(in: 0..<8, using: &generator) == 0 ? 0x0a60_0000 : 0x0a40_0000
            let host = UInt32.random(in: 0..<6, using: &generator)
            return EndpointSlice.Endpoint(
                address: isIPv6 ? IPAddress(ipv6High: 0xfd64 << 48, low: UInt64(host)) : IPAddress(ipv4: base + host),
                isReady: Int.random(in: 0..<3, using: &generator) > 0,
                isTerminating: Bool.random(using: &generator),
                nodeName: Bool.random(using: &generator) ? "node-a" : "node-b")
        }
        return EndpointSlice(
            metadata: ObjectMetadata(name: NamespacedName("ns", "\(service.name)-\(suffix)\(isIPv6 ? "6" : "")")),
            service: service, family: isIPv6 ? .ipv6 : .ipv4,
            ports: [
                EndpointSlice.Port(name: "a", port: 8080),
                EndpointSlice.Port(name: "b", transportProtocol: .udp, port: 5353),
            ], endpoints: endpoints)
    }

    private static func node(_ generator: inout SeededGenerator) -> Node {
        let zone = Bool.random(using: &generator) ? "zone-1" : "zone-2"
        return Node(
            metadata: ObjectMetadata(
                name: NamespacedName("", "node-a"), labels: ["topology.kubernetes.io/zone": zone]))
    }
}
