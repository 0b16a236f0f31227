import NetworkValues
import NFTables
import Testing

@testable import NetfilterWire

/// Bytes that are not what they should be end in an error, and never in a trap.
struct MalformedMessageTests {
    private let id = TableID(.ipv4, "t")

    private func read(_ message: [UInt8]) throws(WireError) {
        try message.withUnsafeBufferPointer { buffer throws(WireError) in
            let bytes = UnsafeRawBufferPointer(buffer)
            let message = try ReceivedMessage(bytes, subsystem: NFNL_SUBSYS_NFTABLES)
            _ = try TableListing(id, message)
            _ = try ListedSet(message, of: id)
            var rules = RuleCollector(id)
            try rules.append(message)
            var dump = ElementDump()
            try dump.append(message)
            let key: [Expression] = [.sourceAddress(.ipv4), .transportProtocol]
            var elements = ElementListing(SetDeclaration("s", key: key, contents: .verdicts), wanted: [])
            try elements.append(message)
            _ = try message.generation()
        }
    }

    /// Messages of every kind, as a kernel might send them: our own have the same attributes.
    private func samples() throws -> [[UInt8]] {
        let key = Tuple(.address(IPAddress(ipv4: 1)), .transportProtocol(.tcp))
        let statements = InstructionTests.statements(.ipv4)
        let batch = Batch(
            operations: [
                .addTable(id, comment: "c"),
                .addChain(id, Chain("c", hook: BaseHook(.nat, .input, priority: 0), rules: [])),
                .addSet(
                    id, SetDeclaration("s", key: [.sourceAddress(.ipv4), .transportProtocol], contents: .verdicts)),
                .addElements(id, SetElements("s", [Element(key, .verdict(.goto("c")), comment: "x")])),
            ] + statements.map { .addRule(id, chain: "c", Rule($0, comment: "x")) })
        return try messages(batch.bytes)
    }

    @Test func truncatedMessagesAreRefused() throws {
        for message in try samples() {
            for count in 0..<20 {
                #expect(throws: WireError.self) { try read(Array(message.prefix(count))) }
            }
        }
    }

    /// A run of damages that is the same every time.
    @Test func damagedMessagesDoNotTrap() throws {
        var state: UInt64 = 42
        let next = { (bound: Int) in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        var refused = 0
        for message in try samples() {
            for _ in 0..<500 {
                var damaged = message
                for _ in 0...next(4) { damaged[next(damaged.count)] = UInt8(next(256)) }
                do {
                    try read(Array(damaged.prefix(damaged.count - next(8))))
                } catch {
                    refused += 1
                }
            }
        }
        #expect(refused > 1000)
    }
}
