import NetworkValues
import NFTables
import PacketTracing
import Testing

/// The first oracle: a second reading of our rules does with each packet what the scenario says.
struct FlowTests {
    @Test(arguments: Scenario.names)
    func packetsGoWhereTheScenarioSays(_ name: String) throws {
        let scenario = try Scenario(name)
        #expect(!scenario.flows.isEmpty)
        let tracer = try PacketTracer(scenario.tables, nodeAddresses: scenario.nodeAddresses)
        expect(scenario.flows, \.outcomes) { tracer.trace($0, affinity: $1 ?? AffinityState()) }
    }

    @Test(arguments: Scenario.names)
    func packetsGoTheSameWayInIPTablesMode(_ name: String) throws {
        let scenario = try Scenario(name)
        let tracer = try IPTablesTracer(scenario.iptables, nodeAddresses: scenario.nodeAddresses)
        expect(scenario.flows, \.iptablesOutcomes) { tracer.trace($0, affinity: $1 ?? RecentLists()) }
    }

    private func expect<Step, Affinity>(
        _ flows: [Flow], _ outcomes: KeyPath<Flow, [PacketOutcome: Fraction]>,
        _ trace: (Packet, Affinity?) -> TraceResult<Step, Affinity>
    ) {
        for flow in flows {
            let first = trace(flow.packet, nil)
            #expect(first.outcomes == flow[keyPath: outcomes], "\(flow.name)")
            for branch in first.branches {
                let second = trace(flow.packet, branch.affinity).outcomes
                #expect(second == (flow.isSticky ? [branch.outcome: .one] : first.outcomes), "again: \(flow.name)")
            }
        }
    }
}
