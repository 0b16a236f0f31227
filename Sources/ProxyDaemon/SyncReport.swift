package import ClusterModel
package import IPTables
package import NFTables

/// What one sync did, and how long each part of it took.
package struct SyncReport: Hashable, Sendable {
    /// Durations by phase, in microseconds.
    package struct Microseconds: Hashable, Sendable {
        /// From the update to the plan.
        package var plan = 0
        /// Reading back what the kernel holds; only at the start and after a failure.
        package var read = 0
        /// From the plan to the change of the tables.
        package var compile = 0
        /// From the change of the tables to the kernel's answer.
        package var commit = 0
        /// Ending the flows to endpoints that are gone.
        package var flows = 0

        /// All phases.
        package var total: Int { plan + read + compile + commit + flows }
    }

    /// All Services that are proxied here.
    package var services = 0

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
    package init() {}

    /// Adds up what is sent.
    package mutating func count(_ changes: [XTTableChange]) {
        for change in changes {
            changedChains += change.addedChains.count + change.replacedChains.count + change.extendedChains.count
            changedChains += change.deletedChains.count
            changedRules += change.insertedRules.map(\.rules.count).reduce(0, +) + change.deletedRules.count
        }
    }

    /// Adds up what is sent.
    package mutating func count(_ changes: [TableChange]) {
        for change in changes {
            addedElements += change.addedElements.map(\.elements.count).reduce(0, +)
            deletedElements += change.deletedElements.map(\.elements.count).reduce(0, +)
            changedChains += change.addedChains.count + change.replacedChains.count + change.deletedChains.count
        }
    }

    /// Whether anything was sent to the kernel.
    package var changesRules: Bool { addedElements + deletedElements + changedChains + changedRules > 0 }

    /// One line for the log.
    package var summary: String {
        let ended = endedFlows == 0 ? "" : ", \(endedFlows) flows ended"
        let times =
            "plan \(microseconds.plan), read \(microseconds.read), compile \(microseconds.compile), "
            + "commit \(microseconds.commit), flows \(microseconds.flows)"
        return "synced \(changedServices) of \(services) Services: +\(addedElements) -\(deletedElements) elements, "
            + "\(changedChains) chains\(ended); µs: \(times)"
    }
}
