import ClusterModel
import NetworkValues

/// What one Service's slices are made of, and what comes of it (`Reconcile` of `k8s.io/endpointslice`). Pure.
struct ServiceSlices {
    let making: EndpointMaking
    /// The families that the Service has endpoints of.
    let families: [IPFamily]
    /// Those that it selects, sorted by name.
    let pods: [SelectedPod]
    /// When what leads to the change happened; nil if it is not known.
    let triggerTime: Timestamp?
    /// The Pods that are, or would be, endpoints though their Node is not there.
    private(set) var strays = StrayPods()

    init(_ making: EndpointMaking, families: [IPFamily], pods: [SelectedPod], triggerTime: Timestamp?) {
        self.making = making
        self.families = families
        self.pods = pods
        self.triggerTime = triggerTime
    }

    private var service: Service { making.service }

    /// The slices that there are to be.
    ///
    /// - Parameter existing: Those that there are.
    mutating func reconcile(_ existing: [EndpointSlice], _ names: inout SliceNames) -> [EndpointSlice] {
        families.flatMap { family in
            reconcile(existing.isEmpty ? [] : existing.filter { $0.family == family }, family, &names)
        }
    }

    private mutating func reconcile(
        _ existing: [EndpointSlice], _ family: IPFamily, _ names: inout SliceNames
    ) -> [EndpointSlice] {
        let labels = service.sliceLabels
        var strays = StrayPods()
        let groups = making.groups(pods, family) { strays.note($0) }
        if self.strays.isEmpty { self.strays = strays }
        var changes = SliceChanges()
        var rest = Dictionary(grouping: existing, by: \.ports)
        for group in groups {
            let packing = SlicePacking(group.endpoints, in: rest.removeValue(forKey: group.ports) ?? [], labels: labels)
            changes.unchanged += packing.unchanged
            changes.updated += packing.updated
            changes.deleted += packing.emptied
            changes.created += packing.new.map { slice(labels, family, group.ports, $0) }
        }
        changes.deleted += rest.values.flatMap { $0 }
        if existing.count == changes.deleted.count, changes.created.isEmpty {
            let placeholder = slice(labels, family, [], [])
            if let only = changes.deleted.first, changes.deleted.count == 1, only.isPlaceholder(placeholder) {
                changes.unchanged = changes.deleted
                changes.deleted = []
            } else {
                changes.created = [placeholder]
            }
        }
        changes.setHints(for: service, making.nodes)
        return finish(&changes, &names)
    }

    /// Names and dates what is to be written; new slices take the places of those that nobody needs.
    private func finish(_ changes: inout SliceChanges, _ names: inout SliceNames) -> [EndpointSlice] {
        var unused = changes.deleted.map(\.metadata.name).sorted()
        for index in changes.created.indices.reversed() where !unused.isEmpty {
            changes.created[index].metadata.name = unused.removeFirst()
        }
        for index in changes.created.indices where changes.created[index].metadata.name.name.isEmpty {
            changes.created[index].metadata.name = names.next()
        }
        var written = changes.created + changes.updated
        let annotation = "endpoints.kubernetes.io/last-change-trigger-time"
        for index in written.indices {
            written[index].metadata.annotations[annotation] = triggerTime?.description
        }
        return changes.unchanged + written
    }

    private func slice(
        _ labels: [String: String], _ family: IPFamily, _ ports: [EndpointSlice.Port],
        _ endpoints: [EndpointSlice.Endpoint]
    ) -> EndpointSlice {
        EndpointSlice(
            metadata: ObjectMetadata(name: NamespacedName(service.metadata.name.namespace, ""), labels: labels),
            service: service.metadata.name, family: family, ports: ports, endpoints: endpoints,
            owner: ObjectTarget(kind: "Service", name: service.metadata.name, uid: service.metadata.uid))
    }
}

/// The Pods of a Service that are on no Node that is there: how many, and one of them.
struct StrayPods: Hashable, Sendable {
    /// Without a `nodeName`.
    var unscheduled: (count: Int, first: NamespacedName)? { unscheduledFirst.map { (unscheduledCount, $0) } }
    /// On a Node that is not in the state.
    var lost: (count: Int, first: NamespacedName)? { lostFirst.map { (lostCount, $0) } }
    private var unscheduledCount = 0
    private var unscheduledFirst: NamespacedName?
    private var lostCount = 0
    private var lostFirst: NamespacedName?

    init() {}

    var isEmpty: Bool { unscheduledCount + lostCount == 0 }

    mutating func formUnion(_ other: StrayPods) {
        unscheduledCount += other.unscheduledCount
        unscheduledFirst = unscheduledFirst ?? other.unscheduledFirst
        lostCount += other.lostCount
        lostFirst = lostFirst ?? other.lostFirst
    }

    mutating func note(_ pod: Pod) {
        if pod.nodeName == nil {
            unscheduledCount += 1
            unscheduledFirst = unscheduledFirst ?? pod.metadata.name
        } else {
            lostCount += 1
            lostFirst = lostFirst ?? pod.metadata.name
        }
    }
}

extension Service {
    /// The labels of its slices: its own, but for those that say what a slice is.
    var sliceLabels: [String: String] {
        var labels = metadata.labels
        labels[EndpointSlice.headlessLabel] = clusterIPs == .headless ? "" : nil
        labels[EndpointSlice.serviceNameLabel] = metadata.name.name
        labels[EndpointSlice.managedByLabel] = EndpointSlice.controllerName
        return labels
    }

    /// The families of its endpoints, as the API server would have them.
    ///
    /// - Parameter available: Those of the cluster, the first one first.
    func endpointFamilies(available: [IPFamily]) -> [IPFamily] {
        var families = ipFamilies
        if families.isEmpty { families = clusterIPs.addresses.map(\.family) }
        if families.isEmpty { families = Array(available.prefix(1)) }
        if families.count == 1, let policy = ipFamilyPolicy, policy != .singleStack {
            families += available.filter { !families.contains($0) }.prefix(1)
        }
        return families
    }
}

extension EndpointSlice {
    /// The label that says who writes a slice.
    package static let managedByLabel = "endpointslice.kubernetes.io/managed-by"
    /// Who makes slices of what a Service selects.
    package static let controllerName = "endpointslice-controller.k8s.io"
    /// Who makes slices of Endpoints.
    package static let mirroringControllerName = "endpointslicemirroring-controller.k8s.io"
    static let headlessLabel = "service.kubernetes.io/headless"

    /// Whether it already is what another one, without a name, would be.
    fileprivate func isPlaceholder(_ other: EndpointSlice) -> Bool {
        ports.isEmpty && endpoints.isEmpty && metadata.labels == other.metadata.labels && owner == other.owner
    }
}
