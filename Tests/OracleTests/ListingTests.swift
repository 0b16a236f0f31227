import ClusterState
import IPTables
import NetfilterKernel
import NetworkValues
import NFTables
import ProxyConfiguration
import ProxyDaemon
import ProxyPlanning
import RuleCompilers
import StateFiles
import Testing
import TestSupport

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
        #expect(listing.contains("table ip6 switchyard") == scenario.settings.families.contains(.ipv6))
        expectSameLines(
            listing, try theirs.check(["nft", "list", "ruleset"]), "nft list ruleset", "our commit", "nft -f")
    }

    /// Conformance states have frontends of every kind.
    @Test(arguments: Scenario.names + ["01", "02", "03", "04", "05", "06"])
    func theKernelListsWhatIPTablesRestoreWouldHaveMade(_ name: String) throws {
        let isConformance = !Scenario.names.contains(name)
        let scenario = try isConformance ? Scenario(conformance: name) : Scenario(name)
        let ours = try NetworkNamespace("ours")
        let theirs = try NetworkNamespace("theirs")
        for address in scenario.machineAddresses where !address.isLoopback {
            try ours.check(["ip", "addr", "add", address.description, "dev", "lo"])
        }
        var proxier = Proxier(
            scenario.iptablesSettings, rules: scenario.rules, mode: .iptables, cluster: Scenario.cluster,
            kernel: try ours.perform { try NetfilterSocket() })
        let update = StateUpdate(edits: scenario.edits)
        _ = try proxier.sync(update)
        for family in IPFamily.allCases {
            let tables = scenario.iptables.filter { $0.id.family == family }
            try theirs.restore(tables, family)
            let listing = try ours.save(family)
            #expect(listing.contains("KUBE-MARK-MASQ") == scenario.settings.families.contains(family))
            expectSameLines(listing, try theirs.save(family), "\(family)", "our commit", "iptables-nft-restore")
        }
        var restarted = Proxier(
            scenario.iptablesSettings, rules: scenario.rules, mode: .iptables, cluster: Scenario.cluster,
            kernel: try ours.perform { try NetfilterSocket() })
        let isUnchanged = try !restarted.sync(update).changesRules
        #expect(isUnchanged)
    }
}

extension NetworkNamespace {
    private static func tool(_ family: IPFamily) -> String { family == .ipv4 ? "iptables-nft" : "ip6tables-nft" }

    /// What the tool lists, without the comments, which have the time in them.
    func save(_ family: IPFamily) throws -> String {
        let lines = try check([Self.tool(family) + "-save"]).split(separator: "\n")
        return lines.filter { !$0.hasPrefix("#") }.joined(separator: "\n")
    }

    /// Loads the tables' text, after the accounting objects that it needs.
    func restore(_ tables: [XTTableContents], _ family: IPFamily) throws {
        try restore(tables.restoreText, family)
    }

    /// Loads the text, after the accounting objects that its first line asks for.
    func restore(_ text: String, _ family: IPFamily) throws {
        if let first = text.split(separator: "\n").first, let commands = first.firstMatch(of: /^# first: (.*)$/) {
            for command in commands.output.1.split(separator: "; ") {
                let words = command.split(separator: " ").map(String.init)
                let isThere = try check(["nfacct", "list"]).contains(" \(words.last ?? "");")
                if !isThere { try check(words) }
            }
        }
        try check([Self.tool(family) + "-restore", "--noflush"], input: text)
    }
}
