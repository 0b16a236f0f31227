package import ClusterModel
package import IPTables
package import NFTables
package import ProxyConfiguration

/// What one sync did, and how long each part of it took.
package struct SyncReport: Hashable, Sendable {
    /// Durations by phase, in microseconds.
    package struct Microseconds: Hashable, Sendable {
        /// From the first event that the update is about to the beginning of the sync; 0 if no event is known.
        package var wait = 0
        /// From the update to what is known of the cluster.
        package var state = 0
        /// From there to the plan.
        package var plan = 0
        /// Reading back what the kernel holds; only at the start and after a failure.
        package var read = 0
        /// From the plan to the change of the tables.
        package var compile = 0
        /// From the change of the tables to the kernel's answer.
        package var commit = 0
        /// Ending the flows to endpoints that are gone.
        package var flows = 0

        /// All phases of the sync itself.
        package var total: Int { state + plan + read + compile + commit + flows }
        /// From the first event to the end of the sync.
        package var latency: Int { wait + total }
    }

    /// The kind of rules.
    package let mode: ProxyMode

    /// Why it failed, so that the old rules are still in force; nil if it did not.
    package var failure: String?

    /// How large the plan is.
    package var counts = PlanCounts()

    /// Services whose plan is not what it was.
    package var changedServices = 0

    /// Elements of sets and maps that were added.
    package var addedElements = 0
    /// Elements of sets and maps that were deleted.
    package var deletedElements = 0

    /// Clients that were freed from endpoints that are gone.
    package var prunedElements = 0

    /// Flows that were ended, since they went to endpoints that are gone.
    package var endedFlows = 0

    /// Chains that were added, replaced or deleted.
    package var changedChains = 0

    /// Single rules that were added or deleted, in chains that other people's rules share.
    package var changedRules = 0

    /// What the new plans complain of, and the old ones did not.
    package var diagnostics: [Diagnostic] = []

    /// How long it took.
    package var microseconds = Microseconds()

    /// A sync that did nothing.
    package init(mode: ProxyMode) { self.mode = mode }

    /// Adds up what is sent.
    package mutating func count(_ changes: [XTTableChange]) {
        for change in changes {
            changedChains += change.addedChains.count + change.replacedChains.count + change.extendedChains.count
            changedChains += change.deletedChains.count
            changedRules += change.insertedRules.reduce(0) { $0 + $1.rules.count } + change.deletedRules.count
        }
    }

    /// Adds up what is sent.
    package mutating func count(_ changes: [TableChange]) {
        for change in changes {
            addedElements += change.addedElements.reduce(0) { $0 + $1.elements.count }
            deletedElements += change.deletedElements.reduce(0) { $0 + $1.elements.count }
            changedChains += change.addedChains.count + change.replacedChains.count + change.deletedChains.count
        }
    }

    /// Whether anything was sent to the kernel.
    package var changesRules: Bool { addedElements + deletedElements + changedChains + changedRules > 0 }

    /// One line for the log.
    package var summary: String {
        let rules = changedRules == 0 ? "" : ", \(changedRules) single rules"
        let freed = prunedElements == 0 ? "" : ", \(prunedElements) clients freed"
        let ended = endedFlows == 0 ? "" : ", \(endedFlows) flows ended"
        let wait = microseconds.wait == 0 ? "" : "wait \(microseconds.wait), "
        let times =
            "\(wait)state \(microseconds.state), plan \(microseconds.plan), read \(microseconds.read), compile \(microseconds.compile), "
            + "commit \(microseconds.commit), flows \(microseconds.flows)"
        return
            "synced \(changedServices) of \(counts.services) Services: +\(addedElements) -\(deletedElements) elements, "
            + "\(changedChains) chains\(rules)\(freed)\(ended); µs: \(times)"
    }
}
