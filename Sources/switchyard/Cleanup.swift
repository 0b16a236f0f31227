import ArgumentParser
import NFTables
import NetfilterKernel
import NetworkValues
import RuleCompilers

/// `switchyard cleanup`: takes away all that is Switchyard's, and nothing else.
struct Cleanup: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove all rules of Switchyard from the kernel, and nothing else.")

    func run() throws {
        let socket = try NetfilterSocket()
        for family in IPFamily.allCases { try socket.deleteTable(NFTablesNames.table(family)) }
    }
}
