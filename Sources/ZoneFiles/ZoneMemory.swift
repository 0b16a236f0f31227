import ClusterModel
import ClusterState
import Discovery

/// What the zone files said when the process began: where something of a Service may not be known, since it cannot be read, what
/// was in force stays, as in the kernel.
struct ZoneMemory: Sendable {
    private var earlier: [NamespacedName: ServiceRecords]
    /// Of the Services above, what is known of them.
    private var known: [NamespacedName: ServiceRecords] = [:]

    init(_ earlier: [NamespacedName: ServiceRecords]) { self.earlier = earlier }

    /// Adds to what Services have what they had before and may still have.
    ///
    /// - Parameters:
    ///   - records: Of Services that are others than before, or gone.
    ///   - isThere: Whether a Service is not gone.
    mutating func completed(
        _ records: [ServiceRecords], _ unknown: UnknownState, isThere: (NamespacedName) -> Bool
    ) -> [ServiceRecords] {
        if earlier.isEmpty { return records }
        var completed: [ServiceRecords] = []
        for own in records {
            guard earlier[own.service] != nil else {
                completed.append(own)
                continue
            }
            let isThere = isThere(own.service)
            // What was there and is gone is known to be gone.
            if !isThere, known[own.service] != nil { earlier[own.service] = nil }
            known[own.service] = isThere ? own : nil
            if earlier[own.service] == nil { completed.append(own) }
        }
        for (name, earlier) in earlier { completed.append(combined(name, earlier, unknown)) }
        if unknown == .nothing { earlier = [:] }
        return completed
    }

    private func combined(
        _ name: NamespacedName, _ earlier: ServiceRecords, _ unknown: UnknownState
    ) -> ServiceRecords {
        let own = known[name]
        guard unknown.mayHave(name) else { return own ?? ServiceRecords(service: name) }
        guard let own else { return earlier }
        // Only of endpoints may some be known and others not.
        return earlier.isHeadless && own.isHeadlessOrNothing ? own.union(earlier) : own
    }
}
