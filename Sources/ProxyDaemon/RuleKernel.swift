package import IPTables
package import NetfilterKernel
package import NetfilterWire
package import NetworkValues
package import NFTables

/// Where rules are kept: read, committed and deleted, with all that rules leave there.
package protocol RuleStore {
    /// Compares a table with the one that is wanted; nil if it is not there.
    func deviation(from wanted: TableContents) throws -> TableDeviation?

    /// Reads a table of iptables back, one without anything if it is not there.
    ///
    /// - Parameter desired: Our part of the table as it should be.
    func readTable(matching desired: XTTableContents) throws -> ListedTable

    /// Carries out all changes in one transaction, or none of them.
    ///
    /// - Parameter generation: The one from which they were worked out, so that nothing is done if somebody else has
    ///   committed something since; nil to do it whatever others have done.
    func commit(_ changes: [TableChange], generation: UInt32?) throws

    /// Carries out all changes in one transaction, or none of them.
    ///
    /// - Parameter generation: As for nftables.
    func commit(_ changes: [XTTableChange], generation: UInt32?) throws

    /// Whether there is such a table.
    func hasTable(_ table: TableID) throws -> Bool

    /// Deletes a table with all that is in it; that it is not there is fine.
    func deleteTable(_ table: TableID) throws

    /// Deletes what rules have put into dynamic maps and that has other values than these.
    ///
    /// - Returns: how many elements were deleted.
    func prune(_ maps: [DynamicMapValues], of table: TableID) throws -> Int

    /// Makes the accounting objects of these names that are not there; those that are keep their counts.
    func ensureAccountingObjects(_ names: [String]) throws

    /// All accounting objects, with what they have counted.
    func accountingObjects() throws -> [AccountingObject]

    /// Keeps neighbours from 127.0.0.0/8 of this machine again, as they are unless the kernel is told otherwise.
    func stopRoutingLocalhost() throws

    /// A number that is another one as soon as anybody has committed anything.
    func generation() throws -> UInt32

    /// How many transactions have taken effect by this way, each of which has raised the generation by one.
    var transactions: UInt32 { get }
}

/// The connections that go on where their first packet went.
package protocol FlowTable {
    /// Ends the flows that are addressed to one of these places and go on to none of its targets.
    ///
    /// - Returns: how many there were.
    func endFlows(forbiddenBy flows: FlowTargets) throws -> Int
}

/// The kernel, or what stands in for it.
package protocol RuleKernel: RuleStore, FlowTable {
    /// All addresses of the machine's interfaces.
    func machineAddresses() throws -> [IPAddress]
}

extension NetfilterSocket: RuleKernel {}
