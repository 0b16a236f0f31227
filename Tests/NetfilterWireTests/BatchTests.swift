import NetworkValues
import NFTables
import Testing

@testable import NetfilterWire

/// The frame of a transaction, and the way back from its sequence numbers to its objects.
struct BatchTests {
    private let id = TableID(.ipv4, "t")

    private func elements(_ count: Int) -> [Element] {
        (0..<count).map { Element(Tuple(.address(IPAddress(ipv4: UInt32($0))))) }
    }

    @Test func noChangeIsNoBytes() {
        let batch = Batch([TableChange(id)])
        #expect(batch.isEmpty && batch.bytes.isEmpty)
    }

    @Test func onlyTheLastMessageAsksForAnAcknowledgement() throws {
        let batch = Batch(operations: [.addTable(id, comment: nil), .addChain(id, Chain("c", rules: []))])
        let all = try messages(batch.bytes)
        #expect(all.map { UInt16($0, at: 4) } == [0x10, 10 << 8, 10 << 8 | 3, 0x11])
        #expect(all.map { UInt16($0, at: 6) & NLM_F_ACK } == [0, 0, NLM_F_ACK, 0])
        #expect(all.map { UInt16($0, at: 8) } == [1, 2, 3, 4])
        #expect(batch.lastSequence == 3)
    }

    /// `nla_put_be32(skb, NFNL_BATCH_GENID, …)`.
    @Test func theGenerationIsInTheBeginMessage() throws {
        let operations = [BatchOperation.addTable(id, comment: nil)]
        let begin = try messages(Batch(operations: operations, generation: 0x0102_0304).bytes)[0]
        #expect(Array(begin.suffix(8)) == [8, 0, 1, 0, 1, 2, 3, 4])
        #expect(try messages(Batch(operations: operations).bytes)[0].count == begin.count - 8)
    }

    @Test func theSameChangeIsTheSameBytes() {
        var table = TableContents(id)
        table.chains = [Chain("c", rules: [Rule(.reject)])]
        #expect(Batch([TableChange(creating: table)]).bytes == Batch([TableChange(creating: table)]).bytes)
    }

    @Test func aChangeIsCarriedOutInItsOrder() {
        var change = TableChange(id)
        change.deletesTable = true
        change.addsTable = true
        change.addedSets = [SetDeclaration("s", key: [.destinationPort])]
        change.addedChains = [Chain("a", rules: [Rule(.reject)])]
        change.replacedChains = [Chain("b", rules: [Rule(.verdict(.drop))])]
        change.deletedElements = [SetElements("m", elements(2))]
        change.addedElements = [SetElements("s", [Element(Tuple(.port(80)))])]
        change.deletedChains = ["x", "y"]
        change.deletedSets = ["z"]
        #expect(
            BatchOperation.operations(of: change).map(\.description) == [
                "delete table ip t", "add table ip t", "add set ip t s", "add chain ip t a", "flush chain ip t b",
                "delete element ip t m 0.0.0.0 and 1 more", "add rule ip t a reject", "add rule ip t b drop",
                "add element ip t s 80", "flush chain ip t x", "flush chain ip t y", "flush set ip t z",
                "delete chain ip t x", "delete chain ip t y", "delete set ip t z",
            ])
    }

    @Test func longListsAreSplitBelowTheLimitOfAnAttribute() throws {
        let batch = Batch(operations: [.addElements(id, SetElements("s", elements(10_000)))])
        let all = try messages(batch.bytes).dropFirst().dropLast()
        #expect(all.count > 2)
        #expect(all.allSatisfy { $0.count < 1 << 16 })
        // Every element is there, once and in order: 16 bytes each.
        let keys = all.flatMap { message in
            stride(from: 40, to: message.count, by: 16).map { offset in
                message[(offset + 12)..<(offset + 16)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            }
        }
        #expect(keys == Array(0..<10_000))
    }

    /// Each offset in a list leads to the element whose bytes are there; others lead to the message.
    @Test func offsetsLeadToElements() throws {
        let batch = Batch(operations: [
            .addTable(id, comment: nil), .deleteElements(id, SetElements("s", elements(10_000))),
        ])
        #expect(batch.steps.operation(sequence: 1, offset: nil) == "commit")
        #expect(batch.steps.operation(sequence: 2, offset: 24) == "add table ip t")
        let first = (try messages(batch.bytes)[2].count - 40) / 16
        let whole = "delete element ip t s 0.0.0.0 and \(first - 1) more"
        #expect(batch.steps.operation(sequence: 3, offset: nil) == whole)
        #expect(batch.steps.operation(sequence: 3, offset: 20) == whole)
        #expect(batch.steps.operation(sequence: 3, offset: 40) == "delete element ip t s 0.0.0.0")
        #expect(batch.steps.operation(sequence: 3, offset: 40 + 15) == "delete element ip t s 0.0.0.0")
        #expect(batch.steps.operation(sequence: 3, offset: 40 + 16) == "delete element ip t s 0.0.0.1")
        let second = IPAddress(ipv4: UInt32(first))
        #expect(batch.steps.operation(sequence: 4, offset: 40) == "delete element ip t s \(second)")
        #expect(
            batch.steps.operation(sequence: 4, offset: 1 << 20)
                == "delete element ip t s \(second) and \(first - 1) more")
        #expect(batch.steps.operation(sequence: 4711, offset: nil) == "message 4711")
    }
}
