import NetworkValues
import NFTables
import RuleTesting
import Testing

@Suite struct ComposedTableTests {
    private let id = TableID(.ipv4, "t")

    private func key(_ port: UInt16) -> Tuple { Tuple(.port(port)) }

    private func fragment(_ elements: [Element] = [], shared: [Chain] = []) -> Fragment {
        var fragment = Fragment()
        if !elements.isEmpty { fragment.elements = [SetElements("m", elements)] }
        fragment.sharedChains = shared
        return fragment
    }

    private var frame: Fragment {
        var frame = Fragment()
        frame.sets = [SetDeclaration("m", key: [.destinationPort], contents: .verdicts)]
        frame.chains = [Chain("base", hook: BaseHook(.nat, .output, priority: -100), rules: [])]
        return frame
    }

    @Test func makesTheTableOnceAndThenSaysNothing() {
        var table = ComposedTable(id, comment: "c")
        let first = table.replace([(ComposedTable.frameOwner, frame)])
        #expect(first.addsTable && first.comment == "c" && !first.deletesTable)
        #expect(first.addedSets.map(\.name) == ["m"] && first.addedChains.map(\.name) == ["base"])
        #expect(table.replace([(ComposedTable.frameOwner, frame)]).isEmpty)
    }

    @Test func keepsWhatIsSharedForAsLongAsSomebodyNeedsIt() {
        let pick = Chain("pick-2", rules: [Rule(.reject)])
        var table = ComposedTable(id, comment: nil)
        #expect(table.replace([("a", fragment(shared: [pick]))]).addedChains == [pick])
        #expect(table.replace([("b", fragment(shared: [pick]))]).isEmpty)
        #expect(table.replace([("a", nil)]).isEmpty)
        #expect(table.replace([("b", nil)]).deletedChains == ["pick-2"])
        // One owner's last use and another's first, at once, are no change.
        _ = table.replace([("a", fragment(shared: [pick]))])
        #expect(table.replace([("a", nil), ("b", fragment(shared: [pick]))]).isEmpty)
    }

    @Test func movesAnElementFromOneOwnerToAnother() {
        let mine = Element(key(80), .verdict(.drop))
        let yours = Element(key(80), .verdict(.accept))
        var table = ComposedTable(id, comment: nil)
        _ = table.replace([("a", fragment([mine]))])
        let change = table.replace([("a", nil), ("b", fragment([yours]))])
        #expect(change.deletedElements == [SetElements("m", [mine])])
        #expect(change.addedElements == [SetElements("m", [yours])])
        #expect(table.replace([("b", nil), ("a", fragment([yours]))]).isEmpty, "the same element of another owner")
    }

    @Test func sendsOnlyTheDifferenceFromTheKernel() {
        var kernel = TableContents(id)
        kernel.sets = frame.sets
        kernel.chains = frame.chains + [Chain("old", rules: []), Chain("pick-2", rules: [])]
        kernel.elements = [
            SetElements("m", [Element(key(1), .verdict(.drop)), Element(key(2), .verdict(.goto("old")))])
        ]
        let pick = Chain("pick-2", rules: [Rule(.reject)])
        var table = ComposedTable(id, comment: nil)
        let wanted = fragment([Element(key(1), .verdict(.drop)), Element(key(3), .verdict(.drop))], shared: [pick])
        _ = table.replace([(ComposedTable.frameOwner, frame), ("a", wanted)])
        let change = table.change(from: TableDeviation(of: kernel, from: table.contents))
        var expected = TableChange(id)
        expected.replacedChains = [pick]
        expected.deletedElements = [SetElements("m", [Element(key(2), .verdict(.goto("old")))])]
        expected.addedElements = [SetElements("m", [Element(key(3), .verdict(.drop))])]
        expected.deletedChains = ["old"]
        #expect(change == expected)
    }

    @Test func makesTheTableAnewWhenASetOrHookIsNotAsDeclared() {
        var kernel = TableContents(id)
        kernel.sets = [SetDeclaration("m", key: [.transportProtocol], contents: .verdicts)]
        kernel.chains = frame.chains
        var table = ComposedTable(id, comment: nil)
        _ = table.replace([(ComposedTable.frameOwner, frame)])
        let change = table.change(from: TableDeviation(of: kernel, from: table.contents))
        #expect(change.deletesTable && change.addsTable)
        #expect(change.addedChains == frame.chains && change.deletedElements.isEmpty)
    }

    @Test func prunesADynamicMapOnlyWhenAValueIsNoLongerAllowed() {
        let sticky = { (ports: [UInt16]) in
            var fragment = Fragment()
            fragment.sets = [
                SetDeclaration(
                    "affinity", key: [.sourceAddress(.ipv4)], contents: .values([.destinationPort]), isDynamic: true,
                    size: 10)
            ]
            fragment.dynamicValues = [DynamicMapValues("affinity", ports.map { Tuple(.port($0)) })]
            return fragment
        }
        var table = ComposedTable(id, comment: nil)
        #expect(table.replace([("a", sticky([1, 2]))]).prunedMaps.isEmpty)
        #expect(table.replace([("a", sticky([3, 2, 1]))]).prunedMaps.isEmpty)
        #expect(table.replace([("a", sticky([3]))]).prunedMaps == [DynamicMapValues("affinity", [Tuple(.port(3))])])
    }

    /// Elements that were made for a longer time are looked for; those of a shorter one do no harm.
    @Test func aShorterTimeIsAskedFor() {
        let sticky = { (seconds: UInt32) in
            var fragment = Fragment()
            fragment.sets = [
                SetDeclaration("clients", key: [.sourceAddress(.ipv4)], isDynamic: true, size: 1, comment: nil)
            ]
            fragment.dynamicValues = [DynamicMapValues("clients", nil, timeoutSeconds: seconds)]
            return fragment
        }
        var table = ComposedTable(TableID(.ipv4, "t"), comment: nil)
        _ = table.replace([("a", sticky(10800))])
        #expect(
            table.replace([("a", sticky(10))]).prunedMaps == [DynamicMapValues("clients", nil, timeoutSeconds: 10)])
        #expect(table.replace([("a", sticky(20))]).prunedMaps.isEmpty)
    }

    @Test func ordersNamesByTheNumbersInThem() {
        var table = ComposedTable(id, comment: nil)
        let chains = ["pick-10", "pick-2", "pick-2-masquerade", "pick-1"].map { Chain($0, rules: []) }
        _ = table.replace([("a", fragment(shared: chains))])
        #expect(table.contents.chains.map(\.name) == ["pick-1", "pick-2", "pick-2-masquerade", "pick-10"])
    }
}
