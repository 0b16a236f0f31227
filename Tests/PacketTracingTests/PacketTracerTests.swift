import NetworkValues
import NFTables
import PacketTracing
import Testing

/// A packet's fate in a hand-made table, against what the kernel does by its documentation and source.
struct PacketTracerTests {
    private func trace(_ packet: Packet) throws -> TraceResult<TraceStep, AffinityState> {
        try PacketTracer([twoMapTable()]).trace(packet)
    }

    private func to(_ text: String, masqueraded: Bool = false) -> PacketOutcome {
        .delivered(socket(text), isMasqueraded: masqueraded)
    }

    @Test func eachEndpointIsEquallyLikely() throws {
        let outcomes = try trace(packet("10.64.9.9", "10.96.0.10:80")).outcomes
        let third = Fraction(1, 3)
        #expect(outcomes == [to("10.64.0.1:8080"): third, to("10.64.0.2:8080"): third, to("10.64.0.3:8080"): third])
    }

    @Test func strangersAreMasqueraded() throws {
        let outcomes = try trace(packet("192.168.1.1", "10.96.0.10:80")).outcomes
        #expect(outcomes.count == 3)
        #expect(outcomes[to("10.64.0.1:8080", masqueraded: true)] == Fraction(1, 3))
    }

    @Test func packetsOfTheNodeAreBalancedToo() throws {
        let outcomes = try trace(packet("10.64.9.9", "10.96.0.10:80", .tcp, .local)).outcomes
        #expect(outcomes[to("10.64.0.3:8080")] == Fraction(1, 3))
    }

    @Test func onlyTheHairpinIsMasqueraded() throws {
        let outcomes = try trace(packet("10.64.0.2", "10.96.0.10:80")).outcomes
        let third = Fraction(1, 3)
        let hairpin = to("10.64.0.2:8080", masqueraded: true)
        #expect(outcomes == [to("10.64.0.1:8080"): third, hairpin: third, to("10.64.0.3:8080"): third])
    }

    /// `ct status dnat` is false for who reaches itself without a translation.
    @Test func untranslatedPacketsAreUntouched() throws {
        #expect(try trace(packet("10.64.0.2", "10.64.0.2:8080")).outcomes == [to("10.64.0.2:8080"): .one])
        #expect(try trace(packet("192.168.1.1", "192.0.2.1:80")).outcomes == [to("192.0.2.1:80"): .one])
    }

    @Test(arguments: [Packet.Origin.forwarded, .local])
    func whatNobodyServesIsRejectedOrDropped(_ origin: Packet.Origin) throws {
        #expect(try trace(packet("10.64.9.9", "10.96.0.30:80", .tcp, origin)).outcomes == [.rejected: .one])
        #expect(try trace(packet("10.64.9.9", "10.96.0.40:80", .tcp, origin)).outcomes == [.dropped: .one])
        #expect(try trace(packet("10.64.9.9", "10.96.0.10:81", .tcp, origin)).outcomes == [.rejected: .one])
        #expect(try trace(packet("10.64.9.9", "10.96.0.10:80", .udp, origin)).outcomes == [.rejected: .one])
    }

    @Test func theOtherFamilyMeetsNoRule() throws {
        #expect(try trace(packet("fd00::1", "[fd00::2]:80")).outcomes == [to("[fd00::2]:80"): .one])
    }

    @Test func affinityKeepsTheFirstChoice() throws {
        let tracer = try PacketTracer([twoMapTable()])
        let client = packet("10.64.9.9", "10.96.0.20:80")
        let first = tracer.trace(client)
        #expect(first.outcomes == [to("10.64.0.1:8080"): Fraction(1, 2), to("10.64.0.2:8080"): Fraction(1, 2)])
        for branch in first.branches {
            let second = tracer.trace(client, affinity: branch.affinity)
            #expect(second.outcomes == [branch.outcome: .one])
            #expect(second.branches.map(\.affinity) == [branch.affinity, branch.affinity])
            var later = branch.affinity
            later.forget(Tuple(.address(client.source.address)), in: "affinity-b", of: v4)
            #expect(tracer.trace(client, affinity: later).outcomes == first.outcomes)
        }
    }

    @Test func aFullMapStillBalances() throws {
        let tracer = try PacketTracer([twoMapTable()])
        var affinity = AffinityState()
        for client in ["10.64.9.1", "10.64.9.2"] {
            affinity.set(tuple("10.64.0.1:8080"), for: Tuple(.address(address(client))), in: "affinity-b", of: v4)
        }
        let result = tracer.trace(packet("10.64.9.9", "10.96.0.20:80"), affinity: affinity)
        #expect(result.outcomes == [to("10.64.0.1:8080"): Fraction(1, 2), to("10.64.0.2:8080"): Fraction(1, 2)])
        #expect(result.branches.map(\.affinity) == [affinity, affinity])
    }

    @Test func theStepsSayWhatHappened() throws {
        let branch = try #require(trace(packet("192.168.1.1", "10.96.0.10:80")).branches.first)
        let slot = frontend("10.96.0.10:80").appending(.number(0))
        let expected: [(String, TraceEvent)] = [
            ("nat-prerouting", .found(frontend("10.96.0.10:80"), in: "services")),
            ("nat-prerouting", .verdict(.goto("pick-3"))),
            ("pick-3", .marked(0x4000)),
            ("pick-3", .drew(0, modulus: 3)),
            ("pick-3", .found(slot, in: "backends")),
            ("pick-3", .translated(from: socket("10.96.0.10:80"), to: socket("10.64.0.1:8080"))),
            ("filter-prerouting", .missed(frontend("10.64.0.1:8080"), in: "undeliverable")),
            ("filter-prerouting", .missed(Tuple(.address(address("10.64.0.1"))), in: "cluster-ips")),
            ("nat-postrouting", .verdict(.goto("masquerade-marked"))),
            ("masquerade-marked", .marked(0)),
            ("masquerade-marked", .masqueraded),
        ]
        #expect(branch.steps.map(\.chain) == expected.map(\.0))
        #expect(branch.steps.map(\.event) == expected.map(\.1))
        #expect(branch.steps[4].description == "ip switchyard pick-3: 10.96.0.10 . tcp . 80 . 0 is in backends")
    }

    @Test func invalidTablesAreRefused() {
        var table = twoMapTable()
        table.chains.removeAll { $0.name == "pick-3" }
        #expect(throws: InvalidTables.self) { try PacketTracer([table]) }
    }
}
