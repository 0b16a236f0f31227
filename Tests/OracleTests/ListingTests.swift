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
        let text = SplitText(scenario.tables.map(\.nftText).joined(separator: "\n"))
        try theirs.check(["nft", "-f", "-"], input: text.rest)
        let listing = SplitText(try ours.check(["nft", "list", "ruleset"]))
        #expect(listing.rest.contains("table ip6 switchyard"))
        expectSameLines(
            listing.rest, try theirs.check(["nft", "list", "ruleset"]), "nft list ruleset", "our commit", "nft -f")
        #expect(listing.updates == text.updates)
    }
}

/// A text of nftables, with the rules apart that remember an IPv6 client.
///
/// nft before 1.1.0 fails an assertion on them (`netlink_gen_map_stmt` takes too few registers for an IPv6 address with
/// a port), although the kernel takes them and nft lists them: so they are compared with the text that we print.
private struct SplitText {
    let rest: String
    /// Without the timeout, which nft lists in other units than ours.
    let updates: [String]

    init(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let isUpdate = { (line: Substring) in line.contains("update @") && line.contains("{ ip6 saddr") }
        rest = lines.filter { !isUpdate($0) }.joined(separator: "\n")
        updates = lines.filter(isUpdate).map { String($0).replacing(#/timeout \w+/#, with: "timeout") }
    }
}
