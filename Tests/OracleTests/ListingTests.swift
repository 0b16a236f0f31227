import NFTables
import NetfilterKernel
import ProxyPlanning
import RuleCompilers
import TestSupport
import Testing

/// The third oracle: what we send over netlink makes the kernel list what `nft -f` of our text makes it list.
struct ListingTests {
    @Test(arguments: Scenario.names)
    func theKernelListsWhatNftWouldHaveMade(_ name: String) throws {
        let scenario = try Scenario(name)
        let ours = try NetworkNamespace("ours")
        let theirs = try NetworkNamespace("theirs")
        let socket = try ours.perform { try NetfilterSocket() }
        var compiler = NFTablesCompiler()
        try socket.commit(compiler.update(to: scenario.plan, changed: []))
        try theirs.check(["nft", "-f", "-"], input: scenario.tables.map(\.nftText).joined(separator: "\n"))
        let listing = try ours.check(["nft", "list", "ruleset"])
        #expect(listing.contains("table ip6 switchyard"))
        expectSameLines(
            listing, try theirs.check(["nft", "list", "ruleset"]), "nft list ruleset", "our commit", "nft -f")
    }
}
