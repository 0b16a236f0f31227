import NetfilterKernel
import NetworkValues
import NFTables
import RuleTesting
import Testing
import TestSupport

/// Large sets are not listed but asked for what is wanted; that must come to the same.
struct TableReadingTests {
    private let namespace: NetworkNamespace
    private let socket: NetfilterSocket

    init() throws {
        let namespace = try NetworkNamespace("reading")
        self.namespace = namespace
        socket = try namespace.perform { try NetfilterSocket() }
    }

    /// A socket that lists no set that it can ask.
    private func asking() throws -> NetfilterSocket {
        let socket = try namespace.perform { try NetfilterSocket() }
        socket.elementsListedMax = 0
        return socket
    }

    private func listing() throws -> NetfilterSocket {
        let socket = try namespace.perform { try NetfilterSocket() }
        socket.elementsListedMax = .max
        return socket
    }

    private func expectSame(_ wanted: TableContents) throws -> TableDeviation {
        let asked = try #require(try asking().deviation(from: wanted))
        let listed = try #require(try listing().deviation(from: wanted))
        #expect(asked.sorted == listed.sorted)
        return asked
    }

    @Test(arguments: IPFamily.allCases)
    func nothingDiffersFromWhatWasCommitted(family: IPFamily) throws {
        for table in [everyConstruct(family), loadTable(services: 600, endpoints: 10)] {
            try socket.commit([TableChange(creating: table)])
            for socket in [socket, try asking(), try listing()] {
                let deviation = try #require(try socket.deviation(from: table))
                #expect(deviation.unwanted == [] && deviation.missing == [])
                #expect(deviation.sets == table.sets)
            }
            try socket.deleteTable(table.id)
        }
    }

    @Test(arguments: [
        ("delete element ip switchyard backends { 10.96.1.1 . tcp . 80 . 7 }", 0, 1),
        ("add element ip switchyard backends { 10.96.1.1 . tcp . 80 . 10 : 1.2.3.4 . 80 }", 1, 0),
        (
            "delete element ip switchyard backends { 10.96.1.1 . tcp . 80 . 7 };"
                + "add element ip switchyard backends { 10.96.1.1 . tcp . 80 . 7 : 1.2.3.4 . 80 }", 1, 1
        ),
        (
            "delete element ip switchyard backends { 10.96.1.1 . tcp . 80 . 7 };"
                + "add element ip switchyard backends { 10.96.1.1 . tcp . 80 . 10 : 1.2.3.4 . 80 }", 1, 1
        ),
        (
            "delete element ip switchyard services { 10.96.1.1 . tcp . 80 };"
                + "add element ip switchyard services { 10.96.1.1 . tcp . 80 comment \"other\" : goto pick }", 1, 1
        ),
        ("flush set ip switchyard hairpins", 0, 6000),
    ])
    func oneElementOfALargeSetIsFound(command: String, unwanted: Int, missing: Int) throws {
        let table = loadTable(services: 600, endpoints: 10)
        try socket.commit([TableChange(creating: table)])
        try namespace.check(["nft", command])
        let deviation = try expectSame(table)
        #expect(deviation.unwanted.reduce(0) { $0 + $1.elements.count } == unwanted)
        #expect(deviation.missing.reduce(0) { $0 + $1.elements.count } == missing)
    }

    /// The kernel does not count it.
    @Test func anElementForAllOtherKeysIsFound() throws {
        let table = loadTable(services: 600, endpoints: 10)
        try socket.commit([TableChange(creating: table)])
        try namespace.check(["nft", "add element ip switchyard backends { * : 1.2.3.4 . 80 }"])
        let deviation = try expectSame(table)
        #expect(Set(table.sets).subtracting(deviation.sets).map(\.name) == ["backends"])
    }

    /// More answers than find room in the socket: the kernel says so, and is asked for fewer at once.
    @Test func answersThatFindNoRoomAreAskedForAgain() throws {
        let table = loadTable(services: 600, endpoints: 10)
        try socket.commit([TableChange(creating: table)])
        try namespace.check(["nft", "delete element ip switchyard backends { 10.96.1.1 . tcp . 80 . 7 }"])
        let asking = try asking()
        asking.elementsAskedTogether = 1024
        let deviation = try #require(try asking.deviation(from: table))
        #expect(deviation.unwanted == [] && deviation.missing.map(\.elements.count) == [1])
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func randomTablesDifferInTheSameElements(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let whole = loadTable(services: 40, endpoints: 5)
        var (held, wanted) = (whole, whole)
        // From no difference to nothing in common.
        let share = Double(seed % 5) / 4
        for index in whole.elements.indices {
            let isChosen = { (share: Double) in Double.random(in: 0..<1, using: &random) >= share }
            held.elements[index].elements.removeAll { _ in !isChosen(share) }
            wanted.elements[index].elements.removeAll { _ in !isChosen(share / 2) }
            wanted.elements[index].elements.shuffle(using: &random)
            guard whole.elements[index].set == "backends" else { continue }
            for place in wanted.elements[index].elements.indices where !isChosen(share / 8) {
                wanted.elements[index].elements[place].data = .value(Tuple(.address(.loopback(.ipv4)), .port(1)))
            }
        }
        try socket.commit([TableChange(creating: held)])
        let asked = try #require(try asking().deviation(from: wanted))
        let expected = TableDeviation(of: try #require(try socket.readTable(matching: wanted)), from: wanted)
        #expect(asked.sorted == expected.sorted)
        _ = try expectSame(wanted)
    }
}

extension TableDeviation {
    /// The elements in one order: the kernel has none.
    fileprivate var sorted: TableDeviation {
        var deviation = self
        let sort = { (lists: [SetElements]) in
            lists.map { SetElements($0.set, $0.elements.sorted { $0.key < $1.key }) }.sorted { $0.set < $1.set }
        }
        deviation.unwanted = sort(unwanted)
        deviation.missing = sort(missing)
        return deviation
    }
}
