import ClusterModel
import NetworkValues
import Testing

@testable import ClusterControllers

/// Goal: slices that are kept in step with one change after another lead where slices made at once would, and no slice is
/// written for nothing.
/// Method: random clusters, edited at random; the seeds are fixed.
@Suite struct RandomClusterTests {
    @Test(arguments: 0..<24) func editedSlicesLeadWhereNewOnesWould(seed: UInt64) {
        var random = RandomCluster(seed)
        var cluster = ControlledCluster()
        cluster.edit(random.start(podCount: seed.isMultiple(of: 4) ? 260 : 30))
        for _ in 0..<40 {
            let before = cluster.slices
            cluster.edit(random.edits())
            var fresh = ControlledCluster()
            fresh.edit(random.objects.values.map { .put($0) })
            #expect(placed(cluster.slices) == placed(fresh.slices))
            #expect(cluster.slices.allSatisfy { $0.endpoints.count <= SlicePacking.endpointsMax })
            let old = Set(before)
            #expect(
                cluster.written.allSatisfy { edit in
                    guard case .put(.endpointSlice(let slice)) = edit else { return true }
                    return !old.contains(slice)
                })
        }
    }

    @Test(arguments: 0..<8) func onlySlicesOfPodsThatChangeAreWritten(seed: UInt64) {
        var random = RandomCluster(seed)
        var cluster = ControlledCluster()
        cluster.put(.web(), .node("a"))
        let names = (0..<350).map { "pod-\($0)" }
        func pod(_ name: String, isReady: Bool = true) -> ObjectEdit {
            let number = names.firstIndex(of: name) ?? 0
            return .put(
                .pod(name, "10.64.\(number / 250).\(number % 250 + 1)") { $0.readiness?.isReady = isReady })
        }
        cluster.edit(names.map { pod($0) })
        #expect(cluster.slices.map(\.endpoints.count).sorted() == [50, 100, 100, 100])
        for _ in 0..<20 {
            let changed = Set((0..<3).map { _ in names[Int(random.below(names.count))] })
            let holders = cluster.slices.filter { $0.endpoints.contains { changed.contains($0.podName) } }
            let isReady = cluster.slices.flatMap(\.endpoints).filter { changed.contains($0.podName) }.map(\.isReady)
            cluster.edit(changed.sorted().map { pod($0, isReady: !(isReady.first ?? true)) })
            let written = Set(cluster.written.map(\.reference.name))
            #expect(written.isSubset(of: holders.map(\.metadata.name)) && !written.isEmpty)
        }
    }

    /// Where each Service leads: family, ports and endpoint, but for the hints of an endpoint that may help out another zone.
    private func placed(_ slices: [EndpointSlice]) -> Set<PlacedEndpoint> {
        Set(
            slices.flatMap { slice in
                slice.endpoints.map { endpoint in
                    var endpoint = endpoint
                    if slice.metadata.labels["balanced"] != nil { endpoint.details?.zoneHints = [] }
                    return PlacedEndpoint(
                        service: slice.service, labels: slice.metadata.labels, family: slice.family, ports: slice.ports,
                        endpoint: endpoint)
                }
            })
    }
}

private struct PlacedEndpoint: Hashable {
    var service: NamespacedName
    var labels: [String: String]
    var family: IPFamily
    var ports: [EndpointSlice.Port]
    var endpoint: EndpointSlice.Endpoint
}

/// A cluster that changes at random.
private struct RandomCluster {
    private(set) var objects: [ObjectReference: ClusterObject] = [:]
    private var generator: Generator
    private var podCount = 0

    init(_ seed: UInt64) { generator = Generator(state: seed &+ 1) }

    mutating func below(_ limit: Int) -> UInt64 { UInt64.random(in: 0..<UInt64(limit), using: &generator) }

    private mutating func chance(_ oneIn: Int) -> Bool { below(oneIn) == 0 }

    mutating func start(podCount: Int) -> [ObjectEdit] {
        self.podCount = podCount
        let nodes = (0..<4).map { node($0) }
        let services = (0..<5).map { service($0) }
        let pods = (0..<podCount).map { pod($0) }
        return put(nodes + services + pods)
    }

    mutating func edits() -> [ObjectEdit] {
        var edits: [ObjectReference: ObjectEdit] = [:]
        for _ in 0...below(4) {
            let edit = edit()
            edits[edit.reference] = edit
        }
        return Array(edits.values)
    }

    private mutating func edit() -> ObjectEdit {
        let object: ClusterObject =
            switch below(10) {
            case 0: node(Int(below(4)))
            case 1: service(Int(below(5)))
            case 2: .slice("given-\(below(2))", "192.0.2.\(below(9) + 1)", of: "service-\(below(5))")
            default: pod(Int(below(podCount)))
            }
        let isFixed = object.reference.kind == .service
        if chance(isFixed ? 8 : 3) {
            objects[object.reference] = nil
            return .delete(object.reference)
        }
        return put([object])[0]
    }

    private mutating func put(_ new: [ClusterObject]) -> [ObjectEdit] {
        for object in new { objects[object.reference] = object }
        return new.map { .put($0) }
    }

    private mutating func node(_ number: Int) -> ClusterObject { .node("node-\(number)", zone: "zone-\(below(3))") }

    private mutating func service(_ number: Int) -> ClusterObject {
        let isNamed = chance(2)
        let choice = below(6)
        var selector = ["app": "app-\(below(3))"]
        if chance(3) { selector["tier"] = "tier-\(below(2))" }
        if chance(8) { selector = [:] }
        return .web { service in
            service.metadata.name.name = "service-\(number)"
            service.selector = selector
            service.ports = [
                Service.Port(name: "http", port: 80, targetPort: isNamed ? .name("http") : .number(8080)),
                Service.Port(name: "dns", transportProtocol: .udp, port: 53),
            ]
            service.ipFamilies = choice == 0 ? [.ipv4, .ipv6] : [.ipv4]
            service.trafficDistribution = choice == 1 ? .preferSameNode : nil
            service.publishesNotReadyAddresses = choice == 2
            if choice == 3 {
                service.metadata.labels["balanced"] = ""
                service.metadata.annotations["service.kubernetes.io/topology-mode"] = "Auto"
            }
            if choice == 4 { service.type = .externalName }
        }
    }

    private mutating func pod(_ number: Int) -> ClusterObject {
        let labels = ["app": "app-\(below(3))", "tier": "tier-\(below(2))", "name": "\(number)"]
        let node = chance(10) ? nil : "node-\(below(5))"
        let port = UInt16(8080 + below(3))
        let isReady = !chance(4)
        let phase = chance(8) ? Pod.Phase.failed : .running
        let hasSecondFamily = chance(2)
        return .pod("pod-\(number)", "10.64.\(number / 250).\(number % 250 + 1)") { pod in
            pod.metadata.labels = labels
            pod.nodeName = node
            pod.ports = port == 8082 ? [] : [Pod.Port(name: "http", number: port)]
            pod.readiness = Pod.Readiness(isReady: isReady)
            pod.phase = phase
            if hasSecondFamily { pod.podIPs.append("fd64::\(number + 1)".address) }
        }
    }
}

/// The same numbers each time: SplitMix64 of Steele, Lea and Flood.
private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
