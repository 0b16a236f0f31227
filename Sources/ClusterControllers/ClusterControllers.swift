import ClusterModel
package import ClusterState
package import NetworkValues
import Threads

/// Makes the EndpointSlices that the controllers of a cluster make: of the Pods that a Service selects, and of Endpoints that
/// somebody wrote.
///
/// One Pod that changes costs a look at the Services that select it, and at their other Pods.
package struct ClusterControllers: StateStage {
    /// How close to the real controllers it keeps.
    package enum Mode: String, Sendable, CaseIterable {
        /// What they would wait for in vain, where all there is are files, is done without; and what somebody gives for a
        /// Service, slices or Endpoints, is all that it gets.
        case on
        /// As they do.
        case strict
    }

    private struct Entry {
        var service: Service
        /// Ours.
        var slices: [EndpointSlice] = []
        var nameCount = 0
        /// Whether slices were ever made of its Pods, and how old it was then.
        var knownCreation: Timestamp??
        var emptiness: Emptiness?
        var hasStrays = false
    }

    /// What came of a Service.
    private struct Outcome: Sendable {
        var slices: [EndpointSlice]
        var names: SliceNames
        var isOfPods = false
        var emptiness: Emptiness?
        var strays = StrayPods()
    }

    /// What a Pod that changed says of when it did.
    private struct Trigger {
        var time: Timestamp?
        /// Of what the Service knew of the Pod.
        var before: Timestamp?
    }

    private let mode: Mode
    private let families: [IPFamily]?
    private var index = SelectorIndex()
    private var nodes = NodeTopology()
    private var entries: [Entry?] = []
    private var unusedEntries: [ServiceID] = []
    private var numbers: [NamespacedName: ServiceID] = [:]
    private var endpoints: [NamespacedName: [EndpointSlice]] = [:]
    private var given = GivenSlices()
    /// Of our slices.
    private var owners: [NamespacedName: ServiceID] = [:]
    private var balanced: Set<ServiceID> = []
    private var dirty: Set<ServiceID> = []
    private var triggers: [ServiceID: [Trigger]] = [:]
    /// What there is to say of our slices; the last word on each counts.
    private var written: [(name: NamespacedName, edit: ObjectEdit)] = []
    private var notes = ControllerNotes()

    /// - Parameter families: Those of the cluster, the first one first; nil if nobody has said.
    package init(_ mode: Mode, families: [IPFamily]? = nil) {
        self.mode = mode
        self.families = families
        notes.mode = mode
    }

    /// As ``StateStage/complete(_:)``.
    package mutating func complete(_ update: inout StateUpdate) {
        if update.edits.isEmpty { return }
        if numbers.isEmpty { index.reserve(update.edits.count) }
        for edit in update.edits { take(edit) }
        // Services without slices are served from Endpoints, which no proxy of a cluster is.
        if mode == .strict { update.edits.removeAll { $0.reference.kind == .endpoints } }
        // Numbers are mostly in the order of names already, and then to sort again costs next to nothing.
        let ids = dirty.sorted().map { (name(of: $0), $0) }.sorted { $0.0 < $1.0 }.map(\.1)
        let outcomes = reconciled(ids)
        for (id, outcome) in zip(ids, outcomes) { put(outcome, of: id) }
        dirty = []
        triggers = [:]
        update.put(takeWritten())
        update.diagnostics += notes.take()
    }

    /// One edit for each slice that there is anything to say of, sorted by name.
    private mutating func takeWritten() -> [ObjectEdit] {
        var edits: [ObjectEdit] = []
        var last: NamespacedName?
        for (name, edit) in written.sorted(by: { $0.name < $1.name }) {
            if name == last { edits.removeLast() }
            edits.append(edit)
            last = name
        }
        written = []
        return edits
    }

    // MARK: What changes

    private mutating func take(_ edit: ObjectEdit) {
        switch edit {
        case .put(.pod(let pod)): take(pod)
        case .put(.service(let service)): take(service)
        case .put(.node(let node)): takeNode(node.metadata.name.name, node)
        case .put(.endpointSlice(let slice)): take(slice)
        case .put(.endpoints(let name, let subsets)):
            endpoints[name] = subsets
            mark(name)
        case .put(.serviceCIDR): break
        case .delete(let reference): delete(reference)
        }
    }

    private mutating func delete(_ reference: ObjectReference) {
        let name = reference.name
        switch reference.kind {
        case .pod:
            for id in index.removePod(name) { dirty.insert(id) }
        case .service:
            guard let id = numbers.removeValue(forKey: name) else { return }
            index.deselect(id)
            for slice in entries[Int(id)]?.slices ?? [] { remove(slice.metadata.name) }
            entries[Int(id)] = nil
            unusedEntries.append(id)
            balanced.remove(id)
            dirty.remove(id)
        case .node: takeNode(name.name, nil)
        case .endpoints:
            endpoints[name] = nil
            mark(name)
        case .endpointSlice: if let service = given.remove(name) { mark(service) }
        case .serviceCIDR: break
        }
    }

    private mutating func mark(_ service: NamespacedName) {
        if let id = numbers[service] { dirty.insert(id) }
    }

    private mutating func take(_ pod: Pod) {
        let (old, memberships) = index.put(pod)
        let isSame = old.map { mode == .on ? pod.isSameEndpoint(as: $0) : pod.isSameToController(as: $0) } ?? false
        for membership in memberships where !isSame || membership.was != membership.isNow {
            dirty.insert(membership.service)
            guard membership.isNow else { continue }
            let before = membership.was ? old?.readiness?.lastTransitionTime : nil
            triggers[membership.service, default: []].append(
                Trigger(time: pod.readiness?.lastTransitionTime, before: before))
        }
    }

    private mutating func take(_ service: Service) {
        let name = service.metadata.name
        let known = numbers[name]
        let id = known ?? unusedEntries.popLast() ?? ServiceID(entries.count)
        if Int(id) == entries.count { entries.append(nil) }
        numbers[name] = id
        let old = entries[Int(id)]?.service
        if let old, let uid = old.metadata.uid, let newUID = service.metadata.uid, uid != newUID {
            // Another one of the same name, to which the slices do not belong.
            for slice in entries[Int(id)]?.slices ?? [] { remove(slice.metadata.name) }
            entries[Int(id)] = Entry(service: service, nameCount: entries[Int(id)]?.nameCount ?? 0)
        } else if old == nil {
            entries[Int(id)] = Entry(service: service)
        } else {
            entries[Int(id)]?.service = service
        }
        if old?.selector != service.selector {
            if service.selector.isEmpty {
                index.deselect(id)
            } else {
                for pod in index.select(id, in: name.namespace, service.selector) where known != nil {
                    let time = index.pod(pod)?.pod.readiness?.lastTransitionTime
                    triggers[id, default: []].append(Trigger(time: time, before: nil))
                }
            }
        }
        if service.hasTopologyHints { balanced.insert(id) } else { balanced.remove(id) }
        let mayHaveSlices = old != nil || !service.selector.isEmpty || endpoints[name] != nil
        if mayHaveSlices { dirty.insert(id) }
    }

    private mutating func takeNode(_ name: String, _ node: Node?) {
        let change = nodes.set(name, node)
        if change.hasOtherShares { dirty.formUnion(balanced) }
        if entries.isEmpty || !change.hasOtherZone { return }
        switch mode {
        case .on: dirty.formUnion(index.services { $0.nodeName == name })
        case .strict:
            // The others see it when they change for another reason.
            for (id, entry) in entries.enumerated() where entry?.hasStrays == true { dirty.insert(ServiceID(id)) }
        }
    }

    private mutating func take(_ slice: EndpointSlice) {
        let name = slice.metadata.name
        if let id = owners.removeValue(forKey: name) {
            // The name is taken: ours gets another one.
            entries[Int(id)]?.slices.removeAll { $0.metadata.name == name }
            dirty.insert(id)
        }
        for service in given.put(slice, decides: mode == .on || slice.isMadeByController) { mark(service) }
    }

    private mutating func remove(_ slice: NamespacedName) {
        owners[slice] = nil
        written.append((slice, .delete(ObjectReference(.endpointSlice, slice))))
    }

    // MARK: What follows

    private func name(of id: ServiceID) -> NamespacedName {
        entries[Int(id)]?.service.metadata.name ?? NamespacedName("", "")
    }

    private func reconciled(_ ids: [ServiceID]) -> [Outcome] {
        let servicesPerPiece = 64
        return ids.concurrentMap(inPiecesOf: servicesPerPiece) { $0.map { reconciled($0) } }.flatMap { $0 }
    }

    private func reconciled(_ id: ServiceID) -> Outcome {
        guard let entry = entries[Int(id)] else {
            return Outcome(slices: [], names: SliceNames(of: name(of: id), count: 0))
        }
        let service = entry.service
        let name = service.metadata.name
        var outcome = Outcome(slices: [], names: SliceNames(of: name, count: entry.nameCount))
        if given.decide(name) { return outcome }
        let subsets = endpoints[name].flatMap { EndpointsMirroring.isMirrored($0) ? $0 : nil }
        if let subsets, mode == .on || service.selector.isEmpty {
            let existing = entry.slices.filter { $0.owner?.kind == "Endpoints" }
            outcome.slices = EndpointsMirroring(name, subsets).reconcile(existing, &outcome.names)
            return outcome
        }
        if service.selector.isEmpty || service.type == .externalName { return outcome }
        let pods = index.members(of: id).compactMap { index.pod($0) }
        let making = EndpointMaking(service: service, nodes: nodes, isStrict: mode == .strict)
        var slices = ServiceSlices(
            making, families: families(of: service, pods), pods: pods, triggerTime: triggerTime(of: id, entry))
        outcome.slices = slices.reconcile(entry.slices.filter { $0.owner?.kind == "Service" }, &outcome.names)
        outcome.isOfPods = true
        outcome.strays = slices.strays
        if !outcome.slices.contains(where: { !$0.endpoints.isEmpty }), slices.strays.isEmpty {
            outcome.emptiness = pods.isEmpty ? .selectsNone : .hasNoAddress(podCount: pods.count)
        }
        return outcome
    }

    /// What nobody has said of a headless Service is not guessed from the cluster's families, but from the Pods.
    private func families(of service: Service, _ pods: [SelectedPod]) -> [IPFamily] {
        var all = service.endpointFamilies(available: families ?? IPFamily.allCases)
        let isUnsaid = service.ipFamilies.isEmpty && service.ipFamilyPolicy == nil && families == nil
        if mode == .on, isUnsaid, service.clusterIPs == .headless, all == [.ipv4],
            pods.contains(where: { $0.pod.addresses.contains { $0.family == .ipv6 } })
        {
            all.append(.ipv6)
        }
        return all
    }

    /// The oldest of what changed (`ComputeEndpointLastChangeTriggerTime`).
    private func triggerTime(of id: ServiceID, _ entry: Entry) -> Timestamp? {
        let creation = entry.service.metadata.creationTimestamp
        guard let known = entry.knownCreation else { return creation }
        func changed(_ time: Timestamp?, since before: Timestamp?) -> Timestamp? {
            guard let time, before.map({ $0 < time }) ?? true else { return nil }
            return time
        }
        let times = (triggers[id] ?? []).compactMap { changed($0.time, since: $0.before) }
        return (times + [changed(creation, since: known)].compactMap { $0 }).min()
    }

    private mutating func put(_ outcome: Outcome, of id: ServiceID) {
        guard var entry = entries[Int(id)] else { return }
        entries[Int(id)] = nil
        defer { entries[Int(id)] = entry }
        let old = entry.slices
        var slices = outcome.slices
        var names = outcome.names
        for index in slices.indices {
            var name = slices[index].metadata.name
            if let former = old.first(where: { $0.metadata.name == name }) {
                if former != slices[index] { written.append((name, .put(.endpointSlice(slices[index])))) }
                continue
            }
            while owners[name] != nil || given.has(name) { name = names.next() }
            slices[index].metadata.name = name
            owners[name] = id
            written.append((name, .put(.endpointSlice(slices[index]))))
        }
        if !old.isEmpty {
            let kept = Set(slices.map(\.metadata.name))
            for slice in old where !kept.contains(slice.metadata.name) { remove(slice.metadata.name) }
        }
        entry.slices = slices
        entry.nameCount = names.count
        if outcome.isOfPods { entry.knownCreation = .some(entry.service.metadata.creationTimestamp) }
        entry.hasStrays = !outcome.strays.isEmpty
        if entry.emptiness != outcome.emptiness, let emptiness = outcome.emptiness {
            notes.note(emptiness, entry.service.metadata.name)
        }
        entry.emptiness = outcome.emptiness
        notes.note(outcome.strays)
    }
}
