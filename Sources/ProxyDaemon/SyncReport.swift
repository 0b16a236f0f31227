public import ClusterModel
public import IPTables
public import NFTables

/// What one sync did, and how long each part of it took.
public struct SyncReport: Hashable, Sendable {
    /// Durations by phase, in microseconds.
    public struct Microseconds: Hashable, Sendable {
        /// From the update to the plan.
        public var plan = 0
        /// Reading back what the kernel holds; only at the start and after a failure.
        public var read = 0
        /// From the plan to the change of the tables.
        public var compile = 0
        /// From the change of the tables to the kernel's answer.
        public var commit = 0
        /// Ending the flows to endpoints that are gone.
        public var flows = 0

        /// All phases.
        public var total: Int { plan + read + compile + commit + flows }
    }

    /// All Services that are proxied here.
    public var services = 0

    /// Services whose plan is not what it was.
    public var changedServices = 0

    /// Elements of sets and maps that were added.
    public var addedElements = 0
    /// Elements of sets and maps that were deleted.
    public var deletedElements = 0

    /// Clients that were freed from endpoints that are gone.
    public var prunedElements = 0

    /// Flows that were ended, since they went to endpoints that are gone.
    public var endedFlows = 0

    /// Chains that were added, replaced or deleted.
    public var changedChains = 0

    /// Single rules that were added or deleted, in chains that other people's rules share.
    public var changedRules = 0

    /// What the new plans complain of, and the old ones did not.
    public var diagnostics: [Diagnostic] = []

    /// How long it took.
    public var microseconds = Microseconds()

    /// A sync that did nothing.
    public init() {}

    /// Adds up what is sent.
    public mutating func count(_ changes: [IPTables.TableChange]) {
        for change in changes {
            changedChains += change.addedChains.count + change.replacedChains.count + change.extendedChains.count
            changedChains += change.deletedChains.count
            changedRules += change.insertedRules.map(\.rules.count).reduce(0, +) + change.deletedRules.count
        }
    }

    /// Adds up what is sent.
    public mutating func count(_ changes: [NFTables.TableChange]) {
        for change in changes {
            addedElements += change.addedElements.map(\.elements.count).reduce(0, +)
            deletedElements += change.deletedElements.map(\.elements.count).reduce(0, +)
            changedChains += change.addedChains.count + change.replacedChains.count + change.deletedChains.count
        }
    }

    /// Whether anything was sent to the kernel.
    public var changesRules: Bool { addedElements + deletedElements + changedChains + changedRules > 0 }

    /// One line for the log.
    public var summary: String {
        let ended = endedFlows == 0 ? "" : ", \(endedFlows) flows ended"
        let times =
            "plan \(microseconds.plan), read \(microseconds.read), compile \(microseconds.compile), "
            + "commit \(microseconds.commit), flows \(microseconds.flows)"
        return "synced \(changedServices) of \(services) Services: +\(addedElements) -\(deletedElements) elements, "
            + "\(changedChains) chains\(ended); µs: \(times)"
    }
}

/// Measures one phase after the other.
struct PhaseClock {
    private let clock = ContinuousClock()
    private var last: ContinuousClock.Instant

    init() { last = clock.now }

    /// - Returns: the microseconds since the last call, or since the start.
    mutating func lap() -> Int {
        let now = clock.now
        defer { last = now }
        let (seconds, attoseconds) = last.duration(to: now).components
        return Int(seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000)
    }
}
