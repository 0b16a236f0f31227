import ClusterModel
import ClusterState
import Testing

/// Goal: which version of an object is in force, whoever tells of it.
@Suite struct StateLedgerTests {
    private var ledger = StateLedger()
    private static let time = ModificationTime(seconds: 1, nanoseconds: 0)

    private func object(_ name: String, labels: [String: String] = [:]) -> ClusterObject {
        .node(Node(metadata: ObjectMetadata(name: NamespacedName("", name), labels: labels)))
    }

    private func reference(_ name: String) -> ObjectReference { ObjectReference(.node, NamespacedName("", name)) }

    private mutating func edits() -> [ObjectEdit] { ledger.takeChanges().edits }

    @Test mutating func aNewListTakesAwayWhatItDoesNotHave() {
        let server = ledger.origin("server")
        let file = ledger.origin("file")
        for name in ["a", "b"] { ledger.put(object(name), from: server, modified: Self.time) }
        ledger.put(object("c"), from: file, modified: Self.time)
        #expect(edits() == [.put(object("a")), .put(object("b")), .put(object("c"))])
        let list = [object("b"), object("d")]
        ledger.replaceAll(.node, with: list, from: server, modified: Self.time)
        #expect(edits() == [.delete(reference("a")), .put(object("d"))], "what has not changed is not told again")
        ledger.replaceAll(.pod, with: [], from: server, modified: Self.time)
        #expect(edits() == [], "a list of one kind says nothing of others")
    }

    @Test mutating func aFallBackIsTheOtherOriginsVersion() {
        let old = ledger.origin("old")
        let new = ledger.origin("new")
        ledger.put(object("a", labels: ["from": "old"]), from: old, modified: Self.time)
        ledger.put(
            object("a", labels: ["from": "new"]), from: new, modified: ModificationTime(seconds: 2, nanoseconds: 0))
        let (edits, diagnostics) = ledger.takeChanges()
        #expect(edits == [.put(object("a", labels: ["from": "new"]))])
        #expect(
            diagnostics.map(\.description) == [
                "old: Node a: is also in new, which is used, as it was changed later"
            ])
        ledger.remove(reference("a"), from: new)
        #expect(self.edits() == [.put(object("a", labels: ["from": "old"]))])
    }

    @Test mutating func anOriginThatIsForgottenGivesItsPlaceToAnother() {
        let first = ledger.origin("first")
        ledger.put(object("a"), from: first, modified: Self.time)
        ledger.remove(reference("a"), from: first)
        ledger.forget(first)
        #expect(ledger.origin("second") == first, "names of files that come and go take no room")
        #expect(edits() == [])
    }

    @Test mutating func whatIsRefusedStaysAsItWas() {
        let file = ledger.origin("file")
        let service = NamespacedName("default", "web")
        var reading = ledger.beginReading(of: file, modified: Self.time)
        #expect(!ledger.take(.put(object("a")), &reading))
        #expect(ledger.take(.put(object("a", labels: ["is": "last"])), &reading), "the second of one reading")
        #expect(edits() == [.put(object("a", labels: ["is": "last"]))])
        var next = ledger.beginReading(of: file, modified: Self.time)
        #expect(!ledger.take(.refused(reference("a"), of: service), &next))
        #expect(ledger.has(reference("a"), in: next) && !ledger.has(reference("a"), in: reading))
        #expect(edits() == [] && ledger.unknown == .nothing)
        #expect(!ledger.take(.refused(reference("b"), of: service), &next))
        #expect(edits() == [] && ledger.unknown == .services([service]), "there was never a version of it")
    }
}
