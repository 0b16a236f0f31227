import NetfilterKernel
import NetfilterWire
import NetworkValues
import NFTables
import Testing
import TestSupport

/// Changes of a table that is there end in the same table as one that is made at once.
struct ChangeTests {
    private let namespace: NetworkNamespace
    private let socket: NetfilterSocket
    private let id = TableID(.ipv4, "switchyard")

    init() throws {
        let namespace = try NetworkNamespace("change")
        self.namespace = namespace
        socket = try namespace.perform { try NetfilterSocket() }
        try socket.commit([TableChange(creating: everyConstruct(.ipv4))])
    }

    private func listing() throws -> String { try namespace.check(["nft", "list", "table", "ip", "switchyard"]) }

    /// The listing of a table that `nft` has loaded into a namespace of its own.
    private func expected(_ table: TableContents) throws -> String {
        let other = try NetworkNamespace("expected")
        try other.check(["nft", "-f", "-"], input: table.nftText)
        return try other.check(["nft", "list", "table", "ip", "switchyard"])
    }

    @Test func oneTransactionReplacesChainsAndElementsAndRemovesWhatUsedThem() throws {
        var desired = everyConstruct(.ipv4)
        var change = TableChange(id)
        // A chain gets other rules, and an element of the same key another value.
        desired.chains[0].rules = [
            Rule(.matchProtocol(.udp), .dnatMap(.ipv4, [.sourceAddress(.ipv4)], map: "new-map"), comment: "new")
        ]
        change.replacedChains = [desired.chains[0]]
        let services = try #require(desired.elements.firstIndex { $0.set == "services" })
        let old = desired.elements[services].elements[0]
        let new = Element(old.key, .verdict(.goto("new-chain")), comment: "moved")
        desired.elements[services].elements[0] = new
        change.deletedElements = [SetElements("services", [old])]
        change.addedElements = [SetElements("services", [new])]
        // A map and a chain come, and refer to one another.
        let map = SetDeclaration(
            "new-map", key: [.sourceAddress(.ipv4)],
            contents: .values([.destinationAddress(.ipv4), .destinationPort]))
        desired.sets.append(map)
        change.addedSets = [map]
        desired.chains.append(Chain("new-chain", rules: [Rule(.verdict(.jump("pick-2")))]))
        change.addedChains = [try #require(desired.chains.last)]
        // A map goes with elements that lead to a chain that goes too, which leads to another.
        desired.sets.removeAll { $0.name == "sticky-backends" }
        desired.elements.removeAll { $0.set == "sticky-backends" }
        change.deletedSets = ["sticky-backends"]
        desired.chains.removeAll { $0.name == "sticky-2" || $0.name == "endpoint-ABC" }
        change.deletedChains = ["endpoint-ABC", "sticky-2"]
        let third = desired.elements[services].elements[2]
        desired.elements[services].elements.remove(at: 2)
        change.deletedElements[0].elements.append(third)

        try socket.commit([change])
        try expectSameLines(listing(), expected(desired))
        let held = try #require(try socket.readTable(matching: desired))
        #expect(held.sorted == desired.sorted)
    }

    @Test func aTableIsMadeAnewInOneTransaction() throws {
        let table = loadTable(services: 3, endpoints: 2)
        var change = TableChange(creating: table)
        change.deletesTable = true
        try socket.commit([change])
        try expectSameLines(listing(), expected(table))
    }

    @Test func noChangeSendsNothing() throws {
        let before = try socket.generation()
        try socket.commit([TableChange(id), TableChange(TableID(.ipv6, "switchyard"))])
        #expect(try socket.generation() == before)
    }

    @Test func bothFamiliesAreOneTransaction() throws {
        var bad = TableChange(id)
        bad.deletedChains = ["no-such-chain"]
        let good = TableChange(creating: everyConstruct(.ipv6))
        let before = try namespace.check(["nft", "list", "ruleset"])
        #expect(throws: CommitError.self) { try socket.commit([good, bad]) }
        #expect(try namespace.check(["nft", "list", "ruleset"]) == before)
    }

    /// The extended acknowledgement leads to the one element, which is in the second message of many.
    @Test func aMissingElementAmongManyIsNamed() throws {
        var many = TableChange(id)
        let elements = (0..<5000).map { Element(Tuple(.address(IPAddress(ipv4: 0xc000_0000 + UInt32($0))))) }
        many.addedElements = [SetElements("cluster-ips", elements)]
        try socket.commit([many])
        let missing = Element(Tuple(.address(IPAddress(ipv4: 0x0102_0304))))
        var change = TableChange(id)
        change.deletedElements = [SetElements("cluster-ips", elements[..<4000] + [missing] + elements[4000...])]
        let error = #expect(throws: CommitError.self) { try socket.commit([change]) }
        #expect(error?.first.operation == "delete element ip switchyard cluster-ips 1.2.3.4")
        #expect(error?.first.errno.name == "ENOENT")
        #expect(error?.others == [])
    }

    @Test func deletingATableThatIsNotThereIsFine() throws {
        try socket.deleteTable(id)
        #expect(try namespace.check(["nft", "list", "ruleset"]).isEmpty)
        try socket.deleteTable(id)
    }

    /// Larger than any default socket buffer.
    @Test func aLargeBatchFits() throws {
        let table = loadTable(services: 2000, endpoints: 10)
        var change = TableChange(creating: table)
        change.deletesTable = true
        try socket.commit([change])
        let held = try #require(try socket.list(table: id))
        #expect(held.sets.map(\.name) == ["services", "backends", "hairpins"])
    }
}
