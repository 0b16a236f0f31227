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
        for flow in scenario.flows {
            let first = tracer.trace(flow.packet)
            #expect(first.outcomes == flow.outcomes, "\(flow.name)")
            for branch in first.branches {
                let second = tracer.trace(flow.packet, affinity: branch.affinity).outcomes
                #expect(second == (flow.isSticky ? [branch.outcome: .one] : first.outcomes), "again: \(flow.name)")
            }
        }
    }

    @Test(arguments: Scenario.names)
    func packetsGoTheSameWayInIPTablesMode(_ name: String) throws {
        let scenario = try Scenario(name)
        let tracer = try IPTablesTracer(scenario.iptables, nodeAddresses: scenario.nodeAddresses)
        for flow in scenario.flows {
            let first = tracer.trace(flow.packet)
            #expect(first.outcomes == flow.iptablesOutcomes, "\(flow.name)")
            for branch in first.branches {
                let second = tracer.trace(flow.packet, affinity: branch.affinity).outcomes
                #expect(second == (flow.isSticky ? [branch.outcome: .one] : first.outcomes), "again: \(flow.name)")
            }
        }
    }
}
