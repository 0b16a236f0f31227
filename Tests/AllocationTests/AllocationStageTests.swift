import ClusterModel
import ClusterState
import NetworkValues
import Synchronization
import Testing

@testable import Allocation

/// Remembers, or cannot.
private final class MemoryStore: AllocationStore {
    struct State {
        var saved: [NamespacedName: ServiceAllocation] = [:]
        var saveCount = 0
        var isFull = false
    }

    let name = "allocations.json"
    private let state = Mutex(State())

    var saved: [NamespacedName: ServiceAllocation] { state.withLock { $0.saved } }
    var saveCount: Int { state.withLock { $0.saveCount } }

    func setFull(_ isFull: Bool) { state.withLock { $0.isFull = isFull } }

    func save(_ allocations: [NamespacedName: ServiceAllocation]) throws(StateError) {
        let isFull = state.withLock { state in
            if !state.isFull {
                state.saved = allocations
                state.saveCount += 1
            }
            return state.isFull
        }
        if isFull { throw StateError(path: name, operation: "write", reason: "No space left on device") }
    }
}

struct AllocationStageTests {
    private let store = MemoryStore()

    private func stage(
        _ blocks: [String] = ["10.96.0.0/16", "fd00:96::/112"], ports: ClosedRange<UInt16>? = 30000...32767,
        remembered: [NamespacedName: ServiceAllocation] = [:]
    ) -> AllocationStage {
        AllocationStage(
            Allocator(blocks: blocks.compactMap { IPPrefix($0) }, ports: ports), remembered: remembered, store: store)
    }

    private func service(
        _ name: String, _ type: Service.ServiceType = .clusterIP, ip: String? = nil, nodePort: UInt16 = 0
    ) -> Service {
        Service(
            metadata: ObjectMetadata(name: NamespacedName("shop", name)), type: type,
            clusterIPs: .init(ip.flatMap { IPAddress($0) }.map { [$0] } ?? []),
            ports: [.init(name: "http", port: 80, nodePort: nodePort)], selector: ["app": name])
    }

    private func take(
        _ stage: inout AllocationStage, _ services: Service..., gone: String..., unknown: UnknownState = .nothing
    ) -> StateUpdate {
        let puts = services.map { ObjectEdit.put(.service($0)) }
        let deletions = gone.map { ObjectEdit.delete(ObjectReference(.service, NamespacedName("shop", $0))) }
        var update = StateUpdate(edits: (puts + deletions).sorted { $0.reference < $1.reference }, unknown: unknown)
        stage.complete(&update)
        return update
    }

    private func services(_ update: StateUpdate) -> [String: Service] {
        var services: [String: Service] = [:]
        for case .put(.service(let service)) in update.edits { services[service.metadata.name.name] = service }
        return services
    }

    private func words(_ update: StateUpdate) -> [String] { update.diagnostics.map(\.description) }

    @Test func choicesOfServicesComeFirst() {
        var alone = stage()
        let wanted = services(take(&alone, service("a", .nodePort)))["a"]
        let address = wanted?.clusterIPs.addresses.first?.description
        let port = wanted?.ports[0].nodePort ?? 0
        var both = stage()
        let result = services(
            take(&both, service("a", .nodePort), service("b", .nodePort, ip: address, nodePort: port)))
        #expect(result["b"]?.clusterIPs == wanted?.clusterIPs && result["b"]?.ports[0].nodePort == port)
        #expect(result["a"]?.clusterIPs != wanted?.clusterIPs && result["a"]?.ports[0].nodePort != port)
        #expect(result["a"]?.clusterIPs.addresses.count == 1)
    }

    @Test func theSameStateGetsTheSame() {
        var (first, second) = (stage(), stage())
        let all = services(take(&first, service("a"), service("b", .nodePort), service("c", .loadBalancer)))
        _ = take(&second, service("c", .loadBalancer))
        _ = take(&second, service("a"))
        let last = services(take(&second, service("b", .nodePort)))
        #expect(last["b"] == all["b"])
    }

    @Test func twoFamiliesAreGivenByPolicy() {
        var stage = stage()
        var prefer = service("a")
        prefer.ipFamilyPolicy = .preferDualStack
        prefer.ipFamilies = [.ipv6]
        let given = services(take(&stage, prefer))["a"]
        #expect(given?.ipFamilies == [.ipv6, .ipv4])
        #expect(given?.clusterIPs.addresses.map(\.family) == [.ipv6, .ipv4])
    }

    @Test func nobodyIsGivenWhatSomebodyElseHas() {
        var stage = stage()
        _ = take(&stage, service("a", .nodePort, ip: "10.96.0.10", nodePort: 30010))
        let second = take(&stage, service("b", ip: "10.96.0.10"), service("c", .nodePort, nodePort: 30010))
        #expect(services(second)["b"]?.clusterIPs == .unset)
        #expect(services(second)["c"]?.clusterIPs == .unset && services(second)["c"]?.ports[0].nodePort == 0)
        #expect(
            words(second) == [
                "Service shop/b: spec.clusterIPs: Invalid value: [\"10.96.0.10\"]: failed to allocate IP 10.96.0.10: "
                    + "provided IP is already allocated; it is not served",
                "Service shop/c: spec.ports[0].nodePort: Invalid value: 30010: provided port is already allocated; "
                    + "it is not served",
            ])
        let freed = take(&stage, gone: "a")
        #expect(
            services(freed)["b"]?.clusterIPs.addresses.map(\.description) == ["10.96.0.10"], "as soon as it is free")
        #expect(services(freed)["c"]?.ports[0].nodePort == 30010 && words(freed).isEmpty)
    }

    @Test func theOlderOneIsFirst() {
        var stage = stage()
        var (young, old) = (service("a", ip: "10.96.0.10"), service("b", ip: "10.96.0.10"))
        old.metadata.creationTimestamp = Timestamp("2024-01-01T00:00:00Z")
        young.metadata.creationTimestamp = Timestamp("2025-01-01T00:00:00Z")
        let result = services(take(&stage, young, old))
        #expect(result["a"]?.clusterIPs == .unset && result["b"]?.clusterIPs != .unset)
    }

    @Test func aServiceThatMayNotChangeStaysAsItWas() {
        var stage = stage()
        _ = take(&stage, service("a", ip: "10.96.0.10"))
        let changed = take(&stage, service("a", ip: "10.96.0.11"))
        #expect(changed.edits.isEmpty)
        #expect(
            words(changed) == [
                "Service shop/a: spec.clusterIPs[0]: Invalid value: [\"10.96.0.11\"]: may not change once set; "
                    + "it stays as it was"
            ])
        #expect(words(take(&stage, service("a", ip: "10.96.0.11"))) == [], "said once")
        var later = self.stage(remembered: store.saved)
        let anew = services(take(&later, service("a", ip: "10.96.0.11")))
        #expect(anew["a"]?.clusterIPs.addresses.map(\.description) == ["10.96.0.11"], "nobody knows what it was")
        _ = take(&later, gone: "a")
        var replaced = service("a", ip: "10.96.0.12")
        replaced.metadata.uid = "2"
        var first = service("a", ip: "10.96.0.11")
        first.metadata.uid = "1"
        _ = take(&later, first)
        #expect(services(take(&later, replaced))["a"]?.clusterIPs == replaced.clusterIPs, "another one of that name")
    }

    @Test func whatIsOutsideTheRangesIsLeftAlone() {
        var stage = stage()
        let outside = service("a", .nodePort, ip: "192.0.2.1", nodePort: 8080)
        let update = take(&stage, outside)
        #expect(services(update)["a"]?.clusterIPs == outside.clusterIPs && words(update).isEmpty)
        #expect(services(update)["a"]?.ports[0].nodePort == 8080)
        #expect(store.saved.isEmpty)
    }

    @Test func exhaustionIsSaidAndTheRestGoesOn() {
        var stage = stage(["10.99.0.0/29"], ports: nil)
        let names = (0..<6).map { "s\($0)" }
        var result: [String: Service] = [:]
        var said: [String] = []
        for name in names {
            let update = take(&stage, service(name, .nodePort))
            result.merge(services(update)) { $1 }
            said += words(update)
        }
        #expect(result.values.filter { $0.clusterIPs != .unset }.count == 5)
        #expect(
            said == ["Service shop/s5: failed to allocate a cluster IP: the range of IPv4 is full; it is not served"])
        #expect(result["s0"]?.ports[0].nodePort == 0, "there is no range")
        let freed = take(&stage, gone: "s2")
        #expect(services(freed).keys.sorted() == ["s5"])
    }

    // MARK: What is remembered

    @Test func isRememberedBeforeItIsUsed() {
        var first = stage()
        let given = services(take(&first, service("a", .nodePort), service("b")))
        #expect(store.saved[NamespacedName("shop", "a")]?.clusterIPs == given["a"]?.clusterIPs)
        #expect(store.saveCount == 1)
        _ = take(&first, service("b"))
        #expect(store.saveCount == 1, "nothing was given")
        var second = stage(remembered: store.saved)
        let taken = given["a"]?.clusterIPs.addresses.first?.description
        let again = take(&second, service("c", ip: taken), service("a", .nodePort), service("b"))
        #expect(services(again)["a"] == given["a"] && services(again)["b"] == given["b"])
        #expect(services(again)["c"]?.clusterIPs == .unset)
    }

    @Test func whatWentMeanwhileIsFreed() {
        var first = stage()
        _ = take(&first, service("a"), service("b"))
        var second = stage(remembered: store.saved)
        _ = take(&second, service("a"), unknown: .anything)
        #expect(second.allocations.count == 2, "it may be in what cannot be read")
        _ = take(&second, unknown: .services([NamespacedName("shop", "b")]))
        #expect(second.allocations.count == 2)
        _ = take(&second)
        #expect(second.allocations.count == 1)
        #expect(store.saved.count == 1)
    }

    @Test func nothingIsGivenThatCannotBeRemembered() {
        var stage = stage()
        let old = services(take(&stage, service("old")))
        store.setFull(true)
        let update = take(&stage, service("new", .nodePort), service("chosen", ip: "10.96.0.10"), service("old"))
        #expect(services(update)["old"] == old["old"])
        #expect(services(update)["chosen"]?.clusterIPs.addresses.map(\.description) == ["10.96.0.10"])
        #expect(services(update)["new"]?.clusterIPs == .unset && services(update)["new"]?.ports[0].nodePort == 0)
        #expect(
            words(update) == [
                "allocations.json: cannot write: No space left on device",
                "Service shop/new: cannot be given anything while that cannot be remembered; it is not served",
            ])
        #expect(stage.isUnfinished)
        #expect(words(take(&stage)) == [], "said once")
        store.setFull(false)
        let later = take(&stage)
        #expect(!stage.isUnfinished && store.saved.count == 3)
        var fresh = self.stage()
        let first = services(take(&fresh, service("new", .nodePort)))
        #expect(services(later)["new"] == first["new"], "as if nothing had been")
    }

    @Test func whatIsNotInTheRangesAnyMoreIsGivenAnew() {
        var first = stage()
        _ = take(&first, service("a", .nodePort))
        var second = stage(["10.97.0.0/16"], ports: 31000...31099, remembered: store.saved)
        let update = take(&second, service("a", .nodePort))
        #expect(services(update)["a"]?.clusterIPs.addresses.first?.description.hasPrefix("10.97.") == true)
        #expect((31000...31099).contains(services(update)["a"]?.ports[0].nodePort ?? 0))
        #expect(
            words(update) == ["1 Services have remembered cluster IPs that are not in the ranges; they get others"])
    }
}
