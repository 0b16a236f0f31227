import IPTables
import NetfilterKernel
import NetfilterWire
import NetworkValues
import Testing
import TestSupport

/// The oracle for tables of iptables: what we send is what the iptables-nft tools make of our own text.
struct IPTablesOracleTests {
    private static func tool(_ family: IPFamily) -> String { family == .ipv4 ? "iptables-nft" : "ip6tables-nft" }

    /// A listing without the comments, which have the time in them.
    private static func save(_ namespace: NetworkNamespace, _ family: IPFamily) throws -> String {
        let lines = try namespace.check([tool(family) + "-save"]).split(separator: "\n")
        return lines.filter { !$0.hasPrefix("#") }.joined(separator: "\n")
    }

    private static func load(_ tables: [XTTableContents], into namespace: NetworkNamespace, _ family: IPFamily) throws {
        for name in Set(tables.flatMap(\.accountingObjects)) { try namespace.check(["nfacct", "add", name]) }
        try namespace.check([tool(family) + "-restore", "--noflush"], input: tables.restoreText)
    }

    private static func creation(_ table: XTTableContents) -> XTTableChange {
        table.change(from: ListedTable(table.id), isOurs: { _ in false })
    }

    @Test(arguments: IPFamily.allCases)
    func committedTablesListAsThoseThatTheToolLoads(_ family: IPFamily) throws {
        let tables = everyIPTablesConstruct(family)
        #expect(tables.flatMap { $0.validate() } == [])
        let ours = try NetworkNamespace("ours")
        let theirs = try NetworkNamespace("theirs")
        let socket = try ours.perform { try NetfilterSocket() }
        try socket.ensureAccountingObjects(Set(tables.flatMap(\.accountingObjects)).sorted())
        try socket.commit(tables.map(Self.creation))
        try Self.load(tables, into: theirs, family)
        let listing = try Self.save(ours, family)
        #expect(listing.count > 5_000)
        try expectSameLines(listing, Self.save(theirs, family))
    }

    /// Text that is the same may hide a difference; the instructions in the kernel may not.
    @Test(arguments: IPFamily.allCases)
    func whatTheToolLoadsIsRecognised(_ family: IPFamily) throws {
        let tables = everyIPTablesConstruct(family)
        let namespace = try NetworkNamespace("tool")
        try Self.load(tables, into: namespace, family)
        let socket = try namespace.perform { try NetfilterSocket() }
        for table in tables {
            let listed = try socket.readTable(matching: table)
            for chain in table.chains {
                let unknown = zip(listed.chains[chain.name] ?? [], chain.rules).filter { $0.wanted != $1 }
                #expect(unknown.map { $1.text(in: family) } == [])
            }
            let isUnchanged = table.change(from: listed, isOurs: { _ in true }).isEmpty
            #expect(isUnchanged)
        }
    }

    /// Policies, counters, foreign chains and the rules before and after ours stay; removal leaves them as they were.
    @Test(arguments: IPFamily.allCases)
    func otherPeoplesRulesStay(_ family: IPFamily) throws {
        let tables = everyIPTablesConstruct(family)
        let namespace = try NetworkNamespace("foreign")
        let host = family == .ipv4 ? "192.0.2.1" : "2001:db8::1"
        try namespace.check(
            [Self.tool(family) + "-restore", "-c"],
            input: """
                *nat
                :POSTROUTING ACCEPT [7:9]
                :FOREIGN - [0:0]
                [3:4] -A POSTROUTING -s \(host) -j MASQUERADE
                -A FOREIGN -p tcp -m tcp --dport 81 -j RETURN
                COMMIT
                *filter
                :INPUT DROP [5:6]
                :FOREIGN - [0:0]
                [1:2] -A INPUT -s \(host) -m comment --comment "not ours" -j ACCEPT
                -A INPUT -j FOREIGN
                -A FOREIGN -m limit --limit 5/min -j LOG --log-prefix "foreign "
                COMMIT

                """)
        let before = try namespace.check([Self.tool(family) + "-save", "-c"])
        let socket = try namespace.perform { try NetfilterSocket() }
        try socket.ensureAccountingObjects(Set(tables.flatMap(\.accountingObjects)).sorted())
        try socket.commit(tables.map { $0.change(from: try socket.readTable(matching: $0), isOurs: { _ in false }) })
        let after = try namespace.check([Self.tool(family) + "-save", "-c"])
        for line in before.split(separator: "\n") where !line.hasPrefix("#") {
            #expect(after.contains(line), "\(line)")
        }
        #expect(after.contains("-j TARGETS") && after.contains("-A INPUT -j A"))
        // Rules of ours come first; a second time nothing is left to do.
        for table in tables {
            #expect(table.change(from: try socket.readTable(matching: table), isOurs: { _ in false }).isEmpty)
        }
        let ours = Set(tables.flatMap(\.chains).map(\.name))
        try socket.commit(
            tables.map { try socket.readTable(matching: XTTableContents($0.id)).removal(isOurs: ours.contains) })
        let chains = [":FORWARD ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]", ":PREROUTING ACCEPT [0:0]"]
        let lines = { (text: String) in
            text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") && !chains.contains($0) }
        }
        #expect(lines(try namespace.check([Self.tool(family) + "-save", "-c"])) == lines(before))
    }
}
