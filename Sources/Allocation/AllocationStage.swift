package import ClusterModel
package import ClusterState

/// Fills in what Services have not chosen for themselves, before anybody sees them.
///
/// What is given is remembered before it leaves. A Service that cannot have what it needs stays as it was, or has nothing at
/// first, and is tried again when something is free.
package struct AllocationStage: StateStage {
    private var allocator: Allocator
    private let store: (any AllocationStore)?
    /// Services as they are written that have not got what they need.
    private var waiting: [NamespacedName: Service] = [:]
    /// The Services that have once got it.
    private var served: Set<NamespacedName> = []
    /// Remembered Services that have not been seen yet.
    private var unseen: Set<NamespacedName>
    private var reported = ReportedDiagnostics<NamespacedName>()
    /// Whether more has been given or freed than is remembered.
    private var isUnsaved = false
    private var hasFailedToSave = false
    private var news: [Diagnostic] = []
    /// What is to be said when something is given that will not be remembered.
    private var warning: Diagnostic?

    /// - Parameters:
    ///   - remembered: What was given before.
    ///   - store: Where it is remembered from now on; nil if nowhere.
    ///   - warning: What is to be said if something is given and there is no store.
    package init(
        _ allocator: Allocator, remembered: [NamespacedName: ServiceAllocation], store: (any AllocationStore)?,
        warning: Diagnostic? = nil
    ) {
        self.allocator = allocator
        self.store = store
        self.warning = warning
        unseen = Set(remembered.keys)
        var lostCount = 0
        for (name, allocation) in remembered.sorted(by: { $0.key < $1.key }) {
            if !self.allocator.restore(allocation, of: name) { lostCount += 1 }
        }
        if lostCount > 0 {
            let words = "\(lostCount) Services have remembered cluster IPs that are not in the ranges; they get others"
            news.append(Diagnostic(.warning, words))
        }
    }

    package var isUnfinished: Bool { hasFailedToSave }

    /// What each Service has.
    package var allocations: [NamespacedName: ServiceAllocation] { allocator.allocations }

    package mutating func complete(_ update: inout StateUpdate) {
        var written: [Service] = []
        let freeings = allocator.freeings
        for edit in update.edits {
            switch edit {
            case .put(.service(let service)): written.append(service)
            case .delete(let reference) where reference.kind == .service: forget(reference.name)
            default: continue
            }
        }
        forgetUnseen(but: written, update.unknown)
        if !written.isEmpty || !waiting.isEmpty || isUnsaved || allocator.freeings != freeings {
            let round = allocate(written, freeings)
            replace(round, in: &update)
        }
        update.diagnostics += news
        news = []
    }

    private mutating func forget(_ name: NamespacedName) {
        if allocator.allocations[name]?.isEmpty == false { isUnsaved = true }
        allocator.release(name)
        waiting[name] = nil
        served.remove(name)
        unseen.remove(name)
        _ = reported.news([], of: name)
    }

    /// Frees what Services have that went while nobody was looking. What cannot be read may have them.
    private mutating func forgetUnseen(but written: [Service], _ unknown: UnknownState) {
        if unseen.isEmpty { return }
        unseen.subtract(written.lazy.map(\.metadata.name))
        for name in unseen where !unknown.mayHave(name) { forget(name) }
    }

    // MARK: One update

    /// What becomes of the Services of one update.
    private struct Round {
        var completed: [NamespacedName: Service] = [:]
        var failed: [NamespacedName: AllocationProblem] = [:]
        /// What each one had before that has something else now.
        var before: [NamespacedName: ServiceAllocation?] = [:]
        /// Those of them that have been given something.
        var given: Set<NamespacedName> = []
    }

    /// - Parameter freeings: How often something had been freed before this update.
    private mutating func allocate(_ written: [Service], _ freeings: Int) -> Round {
        var round = Round()
        for service in written { waiting[service.metadata.name] = service }
        let isWorthWhile = allocator.freeings != freeings || hasFailedToSave
        var pending = isWorthWhile ? Array(waiting.values) : written
        let choices = Allocator.Choices(of: pending)
        pending.sort { ObjectAge(of: $0.metadata) < ObjectAge(of: $1.metadata) }
        // Again, as long as those that changed have freed something.
        while true {
            let before = allocator.freeings
            for service in pending { allocate(service, choices, &round) }
            pending.removeAll { round.failed[$0.metadata.name] == nil }
            if pending.isEmpty || allocator.freeings == before { break }
        }
        save(&round)
        return round
    }

    private mutating func allocate(_ service: Service, _ choices: Allocator.Choices, _ round: inout Round) {
        let name = service.metadata.name
        let old = allocator.allocations[name]
        var result = allocator.allocate(service, avoiding: choices)
        if case .failure = result, old != nil, !served.contains(name) {
            // Nobody knows any more what it was but for this: it begins anew.
            allocator.release(name)
            result = allocator.allocate(service, avoiding: choices)
        }
        switch result {
        case .success(let outcome):
            round.failed[name] = nil
            round.completed[name] = outcome.service
            if outcome.isGiven { round.given.insert(name) }
            if allocator.allocations[name] != old {
                isUnsaved = true
                if round.before[name] == nil { round.before[name] = .some(old) }
            }
        case .failure(let problem): round.failed[name] = problem
        }
    }

    private mutating func save(_ round: inout Round) {
        if store == nil, let words = warning, !round.given.isEmpty {
            news.append(words)
            warning = nil
        }
        guard let store, isUnsaved else { return }
        do throws(StateError) {
            try store.save(allocator.remembered)
            isUnsaved = false
            hasFailedToSave = false
            _ = reported.news([], of: Self.storeKey)
        } catch {
            hasFailedToSave = true
            revert(&round)
            news += reported.news([Diagnostic(.error, "\(error)")], of: Self.storeKey)
        }
    }

    /// Takes back what was given, and what others have taken of what those had before who get it back.
    private mutating func revert(_ round: inout Round) {
        var reverted = round.given
        while true {
            let restored = reverted.reduce(into: Allocator.Choices()) { choices, name in
                if let old = round.before[name] ?? nil { choices.formUnion(old) }
            }
            let takers = round.before.keys.filter { name in
                !reverted.contains(name) && allocator.allocations[name].map(restored.overlaps) == true
            }
            if takers.isEmpty { break }
            reverted.formUnion(takers)
        }
        for name in reverted { _ = allocator.restore(nil, of: name) }
        for name in reverted.sorted() {
            if let old = round.before[name] ?? nil { _ = allocator.restore(old, of: name) }
            round.completed[name] = nil
            round.failed[name] = AllocationProblem("cannot be given anything while that cannot be remembered")
        }
    }

    /// No Service has this name.
    private static let storeKey = NamespacedName("", "")

    private mutating func replace(_ round: Round, in update: inout StateUpdate) {
        var edits: [ObjectEdit] = []
        for name in Set(round.completed.keys).union(round.failed.keys) {
            guard let problem = round.failed[name] else {
                guard let service = round.completed[name] else { continue }
                waiting[name] = nil
                served.insert(name)
                _ = reported.news([], of: name)
                edits.append(.put(.service(service)))
                continue
            }
            let isServed = served.contains(name)
            if !isServed, let service = waiting[name] { edits.append(.put(.service(service.withoutAllocations))) }
            let diagnostics = problem.contents.map { content in
                var diagnostic = Diagnostic(.error, object: ObjectReference(.service, name).description, content)
                diagnostic.consequence = isServed ? "; it stays as it was" : "; it is not served"
                return diagnostic
            }
            news += reported.news(diagnostics, of: name).sorted { $0.description < $1.description }
        }
        update.edits.removeAll { edit in
            guard case .put(.service(let service)) = edit else { return false }
            return round.failed[service.metadata.name] != nil
        }
        update.put(edits.sorted { $0.reference < $1.reference })
        news.sort { ($0.object ?? "") < ($1.object ?? "") }
    }
}

extension Allocator.Choices {
    fileprivate mutating func formUnion(_ allocation: ServiceAllocation) {
        addresses.formUnion(allocation.clusterIPs.addresses)
        ports.formUnion(allocation.ports)
    }

    fileprivate func overlaps(_ allocation: ServiceAllocation) -> Bool {
        !addresses.isDisjoint(with: allocation.clusterIPs.addresses) || !ports.isDisjoint(with: allocation.ports)
    }

    fileprivate init(of services: [Service]) {
        for service in services {
            addresses.formUnion(service.clusterIPs.addresses)
            for port in service.ports where port.nodePort != 0 { ports.insert(port.nodePort) }
            if service.healthCheckNodePort != 0 { ports.insert(service.healthCheckNodePort) }
        }
    }
}

extension Service {
    /// The same with nothing of what only one Service can have.
    fileprivate var withoutAllocations: Service {
        var service = self
        if service.clusterIPs != .headless { service.clusterIPs = .unset }
        for index in service.ports.indices { service.ports[index].nodePort = 0 }
        service.healthCheckNodePort = 0
        return service
    }
}
