import NetfilterKernel
import NetworkValues
import NFTables
import Testing
import TestSupport

/// The oracle: what we send makes the kernel list exactly what `nft -f` of our own text makes it list.
struct KernelOracleTests {
    @Test func committedTablesListAsThoseThatNftLoads() throws {
        let tables = [everyConstruct(.ipv4), everyConstruct(.ipv6, affinity: false)]
        let ours = try NetworkNamespace("ours")
        let theirs = try NetworkNamespace("theirs")
        let socket = try ours.perform { try NetfilterSocket() }
        try socket.commit(tables.map { TableChange(creating: $0) })
        try theirs.check(["nft", "-f", "-"], input: tables.map(\.nftText).joined())
        let listing = try ours.check(["nft", "list", "ruleset"])
        #expect(listing.count > 10_000)
        try expectSameLines(listing, theirs.check(["nft", "list", "ruleset"]))
    }
}

/// Two listings that must be the same; shows the first line that is not.
func expectSameLines(_ ours: String, _ theirs: String, sourceLocation: SourceLocation = #_sourceLocation) {
    if ours == theirs { return }
    let lines = (ours.split(separator: "\n"), theirs.split(separator: "\n"))
    for (left, right) in zip(lines.0, lines.1) where left != right {
        Issue.record("ours:   \(left)\ntheirs: \(right)", sourceLocation: sourceLocation)
        return
    }
    Issue.record("\(lines.0.count) lines of ours, \(lines.1.count) of theirs", sourceLocation: sourceLocation)
}
