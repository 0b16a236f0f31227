import ClusterModel

/// A Pod, as a number that is given again when the Pod is gone.
typealias PodID = Int32

/// A Service, likewise.
typealias ServiceID = Int32

/// A Pod with the numbers of its labels. One of very many, it is passed on without being copied.
final class SelectedPod: Sendable {
    let pod: Pod
    let namespace: Int
    let pairs: [Int32]

    init(_ pod: Pod, namespace: Int, pairs: [Int32]) {
        self.pod = pod
        self.namespace = namespace
        self.pairs = pairs
    }
}

/// Which Pods each Service selects, kept in step with one Pod or Service at a time.
///
/// Each pair of a label's key and value that a Pod has or a selector asks for has a number in its namespace. A selector is
/// looked for under one of its pairs, the one that fewest Pods have.
struct SelectorIndex: Sendable {
    fileprivate struct Pair: Hashable {
        var key: String
        var value: String
    }

    /// Who has a pair.
    fileprivate struct PairUse {
        /// Nil while the number is given to none.
        var pair: Pair?
        var pods: [PodID] = []
        /// The Services that are looked for under it.
        var services: [ServiceID] = []
        /// How many selectors ask for it.
        var selectorCount = 0
    }

    fileprivate struct Namespace {
        var numbers: [Pair: Int32] = [:]
        var uses: [PairUse] = []
        var unused: [Int32] = []
    }

    private struct Selection {
        var namespace: Int
        var pairs: [Int32]
        /// The pair under which it is looked for.
        var key: Int32
        /// Sorted by name.
        var members: [PodID]
    }

    /// That a Pod is, or was, selected by a Service.
    struct Membership: Hashable {
        var service: ServiceID
        var was: Bool
        var isNow: Bool
    }

    private var namespaces: [Namespace] = []
    private var namespaceNumbers: [String: Int] = [:]
    /// That of the last object, which the next one mostly is in too.
    private var lastNamespace = (name: "", number: -1)
    private var records: [SelectedPod?] = []
    private var unusedPods: [PodID] = []
    private var numbers: [NamespacedName: PodID] = [:]
    /// Whether Pods have numbers in the order of their names, as they do at the start.
    private var isOrdered = true
    private var selections: [Selection?] = []

    /// The Pod of this number.
    func pod(_ id: PodID) -> SelectedPod? { records[Int(id)] }

    /// The Pods that a Service selects, sorted by name.
    func members(of service: ServiceID) -> [PodID] {
        Int(service) < selections.count ? selections[Int(service)]?.members ?? [] : []
    }

    /// The Services that select any of the Pods of which this is true. Looks at all Pods.
    func services(selecting isMeant: (Pod) -> Bool) -> Set<ServiceID> {
        var services: Set<ServiceID> = []
        for case let record? in records where isMeant(record.pod) { services.formUnion(self.services(of: record)) }
        return services
    }

    // MARK: Pods

    /// Makes room for so many Pods.
    mutating func reserve(_ count: Int) {
        records.reserveCapacity(count)
        numbers.reserveCapacity(count)
    }

    /// - Returns: the Pod as it was, and the Services that select it or did.
    mutating func put(_ pod: Pod) -> (old: Pod?, memberships: [Membership]) {
        let name = pod.metadata.name
        if let id = numbers[name], let old = records[Int(id)] {
            if old.pod.metadata.labels == pod.metadata.labels {
                records[Int(id)] = SelectedPod(pod, namespace: old.namespace, pairs: old.pairs)
                return (old.pod, services(of: old).map { Membership(service: $0, was: true, isNow: true) })
            }
            let before = services(of: old)
            unlink(id, old)
            let after = link(id, pod)
            for service in before where !after.contains(service) { leave(service, id, name.name) }
            for service in after where !before.contains(service) { join(service, id) }
            let all = before + after.filter { !before.contains($0) }
            return (
                old.pod,
                all.map { Membership(service: $0, was: before.contains($0), isNow: after.contains($0)) }
            )
        }
        if !unusedPods.isEmpty || records.last.map({ $0.map { name < $0.pod.metadata.name } ?? true }) ?? false {
            isOrdered = false
        }
        let id = unusedPods.popLast() ?? PodID(records.count)
        if Int(id) == records.count { records.append(nil) }
        numbers[name] = id
        let services = link(id, pod)
        for service in services { join(service, id) }
        return (nil, services.map { Membership(service: $0, was: false, isNow: true) })
    }

    /// - Returns: the Services that selected it.
    mutating func removePod(_ name: NamespacedName) -> [ServiceID] {
        guard let id = numbers.removeValue(forKey: name), let old = records[Int(id)] else { return [] }
        let services = services(of: old)
        for service in services { leave(service, id, name.name) }
        unlink(id, old)
        records[Int(id)] = nil
        unusedPods.append(id)
        return services
    }

    /// - Returns: the Services that select it.
    private mutating func link(_ id: PodID, _ pod: Pod) -> [ServiceID] {
        let namespace = number(ofNamespace: pod.metadata.name.namespace)
        var pairs: [Int32] = []
        pairs.reserveCapacity(pod.metadata.labels.count)
        for (key, value) in pod.metadata.labels {
            let pair = namespaces[namespace].number(of: Pair(key: key, value: value))
            namespaces[namespace].uses[Int(pair)].pods.append(id)
            pairs.append(pair)
        }
        let record = SelectedPod(pod, namespace: namespace, pairs: pairs)
        records[Int(id)] = record
        return services(of: record)
    }

    private mutating func unlink(_ id: PodID, _ record: SelectedPod) {
        for pair in record.pairs {
            namespaces[record.namespace].uses[Int(pair)].pods.removeFirst(of: id)
            namespaces[record.namespace].releaseIfUnused(pair)
        }
    }

    private func services(of record: SelectedPod) -> [ServiceID] {
        var services: [ServiceID] = []
        for pair in record.pairs {
            for service in namespaces[record.namespace].uses[Int(pair)].services
            where selects(service, record) { services.append(service) }
        }
        return services
    }

    private func selects(_ service: ServiceID, _ record: SelectedPod) -> Bool {
        selections[Int(service)]?.pairs.allSatisfy(record.pairs.contains) ?? false
    }

    private mutating func join(_ service: ServiceID, _ id: PodID) {
        guard let name = records[Int(id)]?.pod.metadata.name.name else { return }
        let place = place(of: name, in: service)
        selections[Int(service)]?.members.insert(id, at: place)
    }

    private mutating func leave(_ service: ServiceID, _ id: PodID, _ name: String) {
        let place = place(of: name, in: service)
        selections[Int(service)]?.members.remove(at: place)
    }

    /// Where a Pod of this name is among the members, or would be.
    private func place(of name: String, in service: ServiceID) -> Int {
        let members = members(of: service)
        var (low, high) = (0, members.count)
        while low < high {
            let middle = (low + high) / 2
            let other = records[Int(members[middle])]?.pod.metadata.name.name ?? ""
            if other < name { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: Services

    /// Has the Service select the Pods of its namespace with all of these labels, of which there is at least one.
    ///
    /// - Returns: the Pods that it did not select before.
    mutating func select(_ service: ServiceID, in namespaceName: String, _ labels: [String: String]) -> [PodID] {
        let before = members(of: service)
        deselect(service)
        let namespace = number(ofNamespace: namespaceName)
        let pairs = labels.sorted { $0.key < $1.key }.map { key, value in
            namespaces[namespace].number(of: Pair(key: key, value: value))
        }
        for pair in pairs { namespaces[namespace].uses[Int(pair)].selectorCount += 1 }
        let weights = pairs.map { pair in
            let use = namespaces[namespace].uses[Int(pair)]
            return (use.pods.count, use.services.count)
        }
        guard let least = weights.indices.min(by: { weights[$0] < weights[$1] }) else { return [] }
        let key = pairs[least]
        namespaces[namespace].uses[Int(key)].services.append(service)
        while selections.count <= Int(service) { selections.append(nil) }
        selections[Int(service)] = Selection(namespace: namespace, pairs: pairs, key: key, members: [])
        let members = sorted(
            namespaces[namespace].uses[Int(key)].pods.filter { id in
                pairs.count == 1 || records[Int(id)].map { selects(service, $0) } ?? false
            })
        selections[Int(service)]?.members = members
        if before.isEmpty { return members }
        let known = Set(before)
        return members.filter { !known.contains($0) }
    }

    /// The Service selects nothing any more.
    mutating func deselect(_ service: ServiceID) {
        guard Int(service) < selections.count, let old = selections[Int(service)] else { return }
        selections[Int(service)] = nil
        namespaces[old.namespace].uses[Int(old.key)].services.removeFirst(of: service)
        for pair in old.pairs {
            namespaces[old.namespace].uses[Int(pair)].selectorCount -= 1
            namespaces[old.namespace].releaseIfUnused(pair)
        }
    }

    private func sorted(_ members: [PodID]) -> [PodID] {
        if isOrdered { return members.sorted() }
        let named = members.map { (records[Int($0)]?.pod.metadata.name.name ?? "", $0) }
        return named.sorted { $0.0 < $1.0 }.map(\.1)
    }

    private mutating func number(ofNamespace name: String) -> Int {
        if lastNamespace.name == name { return lastNamespace.number }
        let number = namespaceNumbers[name] ?? namespaces.count
        if number == namespaces.count {
            namespaces.append(Namespace())
            namespaceNumbers[name] = number
        }
        lastNamespace = (name, number)
        return number
    }
}

extension SelectorIndex.Namespace {
    /// The number of a pair, a new one if it has none.
    fileprivate mutating func number(of pair: SelectorIndex.Pair) -> Int32 {
        if let known = numbers[pair] { return known }
        let number = unused.popLast() ?? Int32(uses.count)
        if Int(number) == uses.count { uses.append(SelectorIndex.PairUse()) }
        uses[Int(number)].pair = pair
        numbers[pair] = number
        return number
    }

    /// Takes its number from a pair that nobody has or asks for.
    fileprivate mutating func releaseIfUnused(_ number: Int32) {
        let use = uses[Int(number)]
        guard use.pods.isEmpty, use.selectorCount == 0, let pair = use.pair else { return }
        numbers[pair] = nil
        uses[Int(number)] = SelectorIndex.PairUse()
        unused.append(number)
    }
}

extension Array where Element: Equatable {
    /// Takes out the first that is equal; the order of the others is not kept.
    fileprivate mutating func removeFirst(of element: Element) {
        guard let index = firstIndex(of: element) else { return }
        swapAt(index, count - 1)
        removeLast()
    }
}
