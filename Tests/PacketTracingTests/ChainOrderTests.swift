import NetworkValues
import NFTables
import PacketTracing
import Testing

/// How chains call each other, in tables of drop and accept alone.
struct VerdictTests {
    /// Whether a packet survives the chains, `base` and `late` being base chains of prerouting, `late` the later one.
    private func survives(_ chains: [String: [Verdict]], node: Set<IPAddress> = []) throws -> Bool {
        var table = TableContents(v4)
        let hooks = [
            "base": BaseHook(.filter, .prerouting, priority: 0), "late": BaseHook(.filter, .prerouting, priority: 1),
            "input": BaseHook(.filter, .input, priority: 0), "forward": BaseHook(.filter, .forward, priority: 0),
        ]
        table.chains = chains.sorted { $0.key < $1.key }.map { name, verdicts in
            Chain(name, hook: hooks[name], rules: verdicts.map { Rule(.verdict($0)) })
        }
        let outcomes = try PacketTracer([table], nodeAddresses: node).trace(packet("10.0.0.1", "10.0.0.2:80")).outcomes
        return outcomes != [.dropped: .one]
    }

    @Test func jumpComesBackAndGotoDoesNot() throws {
        #expect(try !survives(["base": [.jump("a"), .drop], "a": []]))
        #expect(try survives(["base": [.goto("a"), .drop], "a": []]))
        #expect(try !survives(["base": [.jump("a"), .drop], "a": [.return, .accept]]))
    }

    /// A chain reached by goto returns to the caller of the chain that it was reached from.
    @Test func gotoReturnsToTheCallersCaller() throws {
        #expect(try !survives(["base": [.jump("a"), .drop], "a": [.goto("b"), .accept], "b": []]))
        #expect(try survives(["base": [.jump("a"), .accept], "a": [.goto("b"), .drop], "b": []]))
    }

    @Test func acceptEndsOneBaseChainOnly() throws {
        #expect(try survives(["base": [.jump("a"), .drop], "a": [.accept]]))
        #expect(try !survives(["base": [.jump("a")], "a": [.accept], "late": [.drop]]))
    }

    @Test func packetsToTheNodeAreNotForwarded() throws {
        #expect(try !survives(["forward": [.drop]]))
        #expect(try survives(["forward": [.drop]], node: [address("10.0.0.2")]))
        #expect(try !survives(["input": [.drop]], node: [address("10.0.0.2")]))
    }
}

/// When NAT chains run, and what the others see of them.
struct NATOrderTests {
    private func outcome(
        _ chains: [Chain], _ origin: Packet.Origin = .forwarded, node: Set<IPAddress> = []
    ) throws -> [PacketOutcome: Fraction] {
        var table = TableContents(v4)
        table.chains = chains
        let tracer = try PacketTracer([table], nodeAddresses: node)
        return tracer.trace(packet("10.0.0.1", "10.0.0.2:80", .tcp, origin)).outcomes
    }

    private func nat(_ name: String, _ hook: NetfilterHook, _ priority: Int32, _ target: String) -> Chain {
        Chain(name, hook: BaseHook(.nat, hook, priority: priority), rules: [Rule(.dnat(socket(target)))])
    }

    private func certainly(_ target: String) -> [PacketOutcome: Fraction] {
        [.delivered(socket(target), isMasqueraded: false): .one]
    }

    /// Once a connection has a destination, the other NAT chains of the hook are not asked.
    @Test func theFirstTranslationWins() throws {
        let chains = [nat("b", .prerouting, -90, "10.0.0.9:9"), nat("a", .prerouting, -100, "10.0.0.3:3")]
        #expect(try outcome(chains) == certainly("10.0.0.3:3"))
    }

    /// A local connection to the node itself passes prerouting, too, but its destination was settled in output, even if
    /// no rule there changed it.
    @Test func aLocalConnectionIsTranslatedOnce() throws {
        let output = nat("a", .output, -100, "10.0.0.3:3")
        let prerouting = nat("b", .prerouting, -100, "10.0.0.9:9")
        #expect(try outcome([output, prerouting], .local, node: [address("10.0.0.3")]) == certainly("10.0.0.3:3"))
        #expect(try outcome([prerouting], .local, node: [address("10.0.0.2")]) == certainly("10.0.0.2:80"))
    }

    /// NAT runs at its own place among the filter chains, whatever its priority says.
    @Test func filterChainsAfterNATSeeTheNewDestination() throws {
        let filter = { (priority: Int32) in
            Chain(
                "f", hook: BaseHook(.filter, .prerouting, priority: priority),
                rules: [Rule(.matchTranslatedDestination, .verdict(.drop))])
        }
        let translation = nat("a", .prerouting, -50, "10.0.0.3:3")
        #expect(try outcome([filter(-90), translation]) == [.dropped: .one])
        #expect(try outcome([filter(-101), translation]) == certainly("10.0.0.3:3"))
    }
}
