package import IPTables
package import NetfilterWire
package import NetworkValues
package import NFTables

/// A kernel that is read but not touched: what would be sent is written down.
package final class DryRunKernel: RuleKernel {
    private let kernel: any RuleKernel

    /// What would have been sent, in order.
    package private(set) var operations: [BatchOperation] = []

    /// The accounting objects that would have been made before.
    package private(set) var missingAccountingObjects: [String] = []

    /// Reads this kernel.
    package init(_ kernel: any RuleKernel) { self.kernel = kernel }

    /// Compares a table.
    package func deviation(from wanted: TableContents) throws -> TableDeviation? {
        try kernel.deviation(from: wanted)
    }

    /// Reads a table of iptables back.
    package func readTable(matching desired: XTTableContents) throws -> ListedTable {
        try kernel.readTable(matching: desired)
    }

    /// Writes the changes down.
    package func commit(_ changes: [TableChange], generation: UInt32?) {
        operations += changes.flatMap { BatchOperation.operations(of: $0) }
    }

    /// Writes the changes down.
    package func commit(_ changes: [XTTableChange], generation: UInt32?) {
        operations += changes.flatMap { BatchOperation.operations(of: $0) }
    }

    /// Writes it down if there is such a table.
    package func deleteTable(_ table: TableID) throws {
        if try kernel.hasTable(table) { operations.append(.deleteTable(table)) }
    }

    /// Nothing: what packets leave in the kernel is no part of the rules.
    package func prune(_ maps: [DynamicMapValues], of table: TableID) -> Int { 0 }

    /// Writes down which are missing.
    package func ensureAccountingObjects(_ names: [String]) throws {
        let present = Set(try kernel.accountingObjects().map(\.name))
        missingAccountingObjects += names.filter { !present.contains($0) && !missingAccountingObjects.contains($0) }
    }

    /// The kernel's.
    package func accountingObjects() throws -> [AccountingObject] { try kernel.accountingObjects() }

    /// Nothing: flows are no part of the rules.
    package func endFlows(forbiddenBy flows: FlowTargets) -> Int { 0 }

    /// Nothing: the kernel's switches are no part of the rules.
    package func stopRoutingLocalhost() {}

    /// The machine's.
    package func machineAddresses() throws -> [IPAddress] { try kernel.machineAddresses() }

    /// The kernel's.
    package func hasTable(_ table: TableID) throws -> Bool { try kernel.hasTable(table) }

    /// The kernel's.
    package func generation() throws -> UInt32 { try kernel.generation() }

    /// None: nothing is sent.
    package var transactions: UInt32 { 0 }
}
