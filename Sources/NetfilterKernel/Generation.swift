/// The number of nf_tables' state in a network namespace: every transaction of anybody that changes something makes it the
/// next one (`nf_tables_commit` in net/netfilter/nf_tables_api.c).
package enum Generation {
    /// The generation after so many further transactions. There is no generation 0, which would mean any.
    package static func following(_ generation: UInt32, by count: UInt32) -> UInt32 {
        let (sum, isWrapped) = generation.addingReportingOverflow(count)
        return isWrapped ? sum + 1 : sum
    }
}
