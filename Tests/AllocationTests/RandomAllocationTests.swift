import ClusterModel
import ClusterState
import NetworkValues
import Testing

@testable import Allocation

/// Goal: whatever comes, changes and goes, nothing is ever given twice, and who was served stays so over a restart.
/// Method: random versions of a few Services in ranges that are too small for all of them.
struct RandomAllocationTests {
    private struct Source {
        private var state: UInt64

        init(seed: UInt64) { state = seed }

        mutating func next(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }

        mutating func isOne(in count: Int) -> Bool { next(count) == 0 }
    }

    private final class Store: AllocationStore {
        let name = "file"
        nonisolated(unsafe) var saved: [NamespacedName: ServiceAllocation] = [:]
        nonisolated(unsafe) var isFull = false

        func save(_ allocations: [NamespacedName: ServiceAllocation]) throws(StateError) {
            if isFull { throw StateError(path: name, operation: "write", reason: "full") }
            saved = allocations
        }
    }

    private let store = Store()

    private func stage(_ remembered: [NamespacedName: ServiceAllocation]) -> AllocationStage {
        let blocks = ["10.96.0.0/28", "fd00:96::/124"].compactMap { IPPrefix($0) }
        return AllocationStage(Allocator(blocks: blocks, ports: 30000...30015), remembered: remembered, store: store)
    }

    private func service(_ name: String, _ source: inout Source) -> Service {
        let types: [Service.ServiceType] = [.clusterIP, .clusterIP, .nodePort, .loadBalancer, .externalName]
        let type = types[source.next(types.count)]
        let policies: [Service.FamilyPolicy?] = [nil, nil, .singleStack, .preferDualStack, .requireDualStack]
        var addresses: [IPAddress] = []
        if source.isOne(in: 4) { addresses = [IPAddress(ipv4: 0x0a60_0000 + UInt32(source.next(18)))] }
        let ports = (0...source.next(2)).map { index in
            Service.Port(
                name: "p\(source.next(3))\(index)", transportProtocol: source.isOne(in: 2) ? .udp : .tcp,
                port: UInt16(80 + source.next(2)),
                nodePort: type != .clusterIP && source.isOne(in: 4) ? UInt16(29998 + source.next(20)) : 0)
        }
        return Service(
            metadata: ObjectMetadata(name: NamespacedName("shop", name)), type: type,
            clusterIPs: source.isOne(in: 8) ? .headless : .init(addresses),
            ipFamilyPolicy: policies[source.next(policies.count)], ports: ports,
            selector: source.isOne(in: 2) ? [:] : ["app": name],
            externalTrafficPolicy: source.isOne(in: 2) ? .local : .cluster,
            allocatesLoadBalancerNodePorts: !source.isOne(in: 3))
    }

    /// Whether it has been given something, and nothing outside the ranges, which nobody remembers.
    private func isInRanges(_ service: Service) -> Bool {
        let last = IPAddress(ipv4: 0x0a60_000e)
        let ports = service.ports.map(\.nodePort)
        return service.clusterIPs != .unset && service.clusterIPs != .headless
            && service.clusterIPs.addresses.allSatisfy { $0.family == .ipv6 || $0 <= last }
            && ports.allSatisfy { $0 == 0 || (30000...30015).contains($0) }
    }

    /// What only one may have, of those in the ranges.
    private func holdings(_ service: Service) -> Set<String> {
        let addresses = service.clusterIPs.addresses.filter {
            $0.family == .ipv6 || (0x0a60_0001...0x0a60_000e).contains($0.low)
        }
        var ports: [UInt16] = [service.healthCheckNodePort]
        if service.type == .nodePort || service.type == .loadBalancer { ports += service.ports.map(\.nodePort) }
        return Set(addresses.map(\.description) + ports.filter { (30000...30015).contains($0) }.map { "\($0)" })
    }

    @Test(arguments: 1...40)
    func nothingIsGivenTwice(seed: UInt64) {
        var source = Source(seed: seed)
        var stage = stage([:])
        var (written, inForce): ([String: Service], [String: Service]) = ([:], [:])
        var refused: Set<String> = []
        for step in 0..<120 {
            store.isFull = source.isOne(in: 6)
            var edits: [ObjectEdit] = []
            for name in Set((0...source.next(3)).map { _ in "s\(source.next(14))" }).sorted() {
                if source.isOne(in: 4) {
                    written[name] = nil
                    inForce[name] = nil
                    edits.append(.delete(ObjectReference(.service, NamespacedName("shop", name))))
                } else {
                    let service = service(name, &source)
                    written[name] = service
                    edits.append(.put(.service(service)))
                }
            }
            take(edits, &stage, &inForce, &refused)
            check(inForce, "seed \(seed), step \(step)")
            guard source.isOne(in: 10) else { continue }
            store.isFull = false
            take([], &stage, &inForce, &refused)
            var restarted = self.stage(store.saved)
            var after: [String: Service] = [:]
            let all = written.sorted { $0.key < $1.key }.map { ObjectEdit.put(.service($0.value)) }
            var refusedAfter: Set<String> = []
            take(all, &restarted, &after, &refusedAfter)
            check(after, "seed \(seed), step \(step), restarted")
            // A version that could not be had is one like any other for who knows no earlier one.
            for (name, service) in inForce where !refused.contains(name) && isInRanges(service) {
                #expect(after[name] == service, "seed \(seed), step \(step): \(name)")
            }
            (stage, inForce, refused) = (restarted, after, refusedAfter)
        }
    }

    /// - Returns: what is not in force as it is written.
    private func take(
        _ edits: [ObjectEdit], _ stage: inout AllocationStage, _ inForce: inout [String: Service],
        _ refused: inout Set<String>
    ) {
        var update = StateUpdate(edits: edits)
        stage.complete(&update)
        refused.formUnion(edits.map(\.reference.name.name))
        for case .put(.service(let service)) in update.edits {
            inForce[service.metadata.name.name] = service
            refused.remove(service.metadata.name.name)
        }
    }

    private func check(_ services: [String: Service], _ words: String) {
        var owners: [String: String] = [:]
        for (name, service) in services {
            for holding in holdings(service) {
                let other = owners.updateValue(name, forKey: holding)
                #expect(other == nil, "\(words): \(holding) is \(name)'s and \(other ?? "")'s")
            }
        }
        #expect(store.saved.values.reduce(0) { $0 + $1.clusterIPs.addresses.count } <= 14 + 15)
    }
}
