import NetfilterKernel
import NetfilterWire
import NetworkValues
import NFTables
import Testing
import TestSupport

/// What is committed is read back as the same value, and what somebody changed is not.
struct ListingTests {
    @Test(arguments: IPFamily.allCases)
    func whatIsCommittedIsReadBackAsTheSameValue(family: IPFamily) throws {
        let namespace = try NetworkNamespace("list")
        let socket = try namespace.perform { try NetfilterSocket() }
        let table = everyConstruct(family)
        #expect(try socket.readTable(matching: table) == nil)
        try socket.commit([TableChange(creating: table)])
        let held = try #require(try socket.readTable(matching: table))
        #expect(held.sorted == table.sorted)
        let other = TableContents(TableID(family, "other"))
        #expect(try socket.readTable(matching: other) == nil)
    }

    @Test func aLargeTableIsReadBackWhole() throws {
        let namespace = try NetworkNamespace("list")
        let socket = try namespace.perform { try NetfilterSocket() }
        let table = loadTable(services: 200, endpoints: 10)
        try socket.commit([TableChange(creating: table)])
        let held = try #require(try socket.readTable(matching: table))
        #expect(held.sorted == table.sorted)
    }

    /// Each tampering must make a difference, and only in the object that was tampered with.
    @Test(arguments: [
        "flush chain ip switchyard pick-2",
        "add rule ip switchyard sticky-2 accept",
        "insert rule ip switchyard sticky-2 tcp dport 80 counter",
        "add chain ip switchyard extra",
        "add set ip switchyard extra { type ipv4_addr; }",
        "add set ip switchyard extra { type ipv4_addr; flags interval; }",
        "delete element ip switchyard protocols { tcp }",
        "add element ip switchyard protocols { icmp }",
        "add element ip switchyard services { 1.2.3.4 . tcp . 80 : drop }",
        "add element ip switchyard services { 1.2.3.4 . icmp . 80 : drop }",
        "add rule ip switchyard empty ip saddr { 1.2.3.4, 1.2.3.5 } drop",
        "add chain ip switchyard empty { policy drop; }",
    ])
    func tamperingIsSeen(command: String) throws {
        let namespace = try NetworkNamespace("list")
        let socket = try namespace.perform { try NetfilterSocket() }
        let table = everyConstruct(.ipv4)
        try socket.commit([TableChange(creating: table)])
        try namespace.check(["nft", command])
        let seen = try #require(try socket.readTable(matching: table))
        #expect(seen.sorted != table.sorted)
        let different =
            Set(seen.chains).symmetricDifference(table.chains).map(\.name)
            + Set(seen.sets).symmetricDifference(table.sets).map(\.name)
            + Set(seen.sorted.elements).symmetricDifference(table.sorted.elements).map(\.set)
        #expect(different.allSatisfy { command.contains(" \($0)") || $0 == "protocols" || $0 == "services" })
    }
}

extension NetfilterSocket {
    /// The table as the kernel holds it, in the words of the one that is wanted; nil if it is not there. Elements are listed,
    /// and none are of sets that are not declared.
    func readTable(matching wanted: TableContents) throws -> TableContents? {
        var declarations = wanted
        declarations.elements = []
        guard let deviation = try deviation(from: declarations) else { return nil }
        declarations.comment = try list(table: wanted.id)?.comment
        declarations.isDormant = deviation.isDormant
        declarations.sets = deviation.sets
        declarations.chains = deviation.chains
        declarations.elements = deviation.unwanted
        return declarations
    }
}

extension TableContents {
    /// The elements in one order: the kernel has none.
    var sorted: TableContents {
        var table = self
        table.elements = elements.map { SetElements($0.set, $0.elements.sorted { $0.key < $1.key }) }
            .sorted { $0.set < $1.set }
        return table
    }
}

/// The rule set of so many Services with so many endpoints each.
func loadTable(services: Int, endpoints: Int) -> TableContents {
    let frontend: [Expression] = [.destinationAddress(.ipv4), .transportProtocol, .destinationPort]
    let slot = frontend + [.randomNumber(modulus: 65536)]
    var table = TableContents(TableID(.ipv4, "switchyard"), comment: "load")
    table.sets = [
        SetDeclaration("services", key: frontend, contents: .verdicts),
        SetDeclaration("backends", key: slot, contents: .values([.destinationAddress(.ipv4), .destinationPort])),
        SetDeclaration("hairpins", key: [.sourceAddress(.ipv4), .destinationAddress(.ipv4)]),
    ]
    table.chains = [
        Chain("pick", rules: [Rule(.dnatMap(.ipv4, frontend + [.randomNumber(modulus: 10)], map: "backends"))]),
        Chain(
            "nat-prerouting", hook: BaseHook(.nat, .prerouting, priority: -100),
            rules: [Rule(.verdictMap(frontend, map: "services"))]),
    ]
    var frontends: [Element] = []
    var backends: [Element] = []
    var hairpins: [Element] = []
    for service in 0..<services {
        let address = IPAddress(ipv4: 0x0a60_0001 + UInt32(service))
        let key = Tuple(.address(address), .transportProtocol(.tcp), .port(80))
        frontends.append(Element(key, .verdict(.goto("pick")), comment: "namespace/service-\(service):http"))
        for endpoint in 0..<endpoints {
            let pod = IPAddress(ipv4: 0x0a80_0001 + UInt32(service * endpoints + endpoint))
            let target = Tuple(.address(pod), .port(8080))
            backends.append(Element(key.appending(.number(UInt32(endpoint))), .value(target)))
            hairpins.append(Element(Tuple(.address(pod), .address(pod))))
        }
    }
    table.elements = [
        SetElements("services", frontends), SetElements("backends", backends), SetElements("hairpins", hairpins),
    ]
    return table
}
