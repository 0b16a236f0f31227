import ClusterModel
import ClusterState
import NetworkValues
import NFTables
import ProxyConfiguration
import ProxyDaemon
import ProxyPlanning
import RuleCompilers
import RuleTesting
import Testing

/// What the kernel refuses for the sake of one Service keeps no other from being served.
struct RefusedServicesTests {
    private let kernel = FakeKernel()

    private func edits(_ name: String, _ number: UInt32, ports: [UInt16] = [80], hosts: [UInt32] = [1]) -> [ObjectEdit]
    {
        let id = NamespacedName("ns", name)
        return [
            .put(
                .service(
                    Service(
                        metadata: ObjectMetadata(name: id), clusterIPs: [IPAddress(ipv4: 0x0a60_0000 + number)],
                        ports: ports.map { Service.Port(name: "p\($0)", port: $0) }))),
            .put(
                .endpointSlice(
                    EndpointSlice(
                        metadata: ObjectMetadata(name: NamespacedName("ns", "\(name)-1")), service: id, family: .ipv4,
                        ports: ports.map { EndpointSlice.Port(name: "p\($0)", port: 8080) },
                        endpoints: hosts.map {
                            EndpointSlice.Endpoint(address: IPAddress(ipv4: 0x0a00_0000 + number << 8 + $0))
                        }))),
        ]
    }

    private func update(_ edits: [ObjectEdit]) -> StateUpdate {
        var update = StateUpdate()
        update.edits = edits
        return update
    }

    /// The rules of either mode as one text.
    private func rules(_ mode: ProxyMode) -> String {
        switch mode {
        case .nftables:
            let elements = kernel.model.tables[NFTablesNames.table(.ipv4)]?.elements ?? [:]
            return elements.values.flatMap(\.values).map(\.nftText).sorted().joined(separator: "\n")
        case .iptables:
            return kernel.iptables.text
        }
    }

    @Test(arguments: ProxyMode.allCases)
    func othersAreServed(_ mode: ProxyMode) throws {
        var proxier = Proxier(ProxySettings(nodeName: "node-a"), mode: mode, kernel: kernel)
        kernel.refusedSteps = ["10.96.0.2"]
        let report = try proxier.sync(update(edits("a", 1) + edits("b", 2) + edits("c", 3)))
        let errors = report.diagnostics.filter { $0.severity == .error }
        #expect(errors.map(\.object) == ["Service ns/b"])
        #expect(errors.first?.message.contains("is left out: add ") == true)
        #expect(rules(mode).contains("10.96.0.1") && rules(mode).contains("10.96.0.3"))
        #expect(!rules(mode).contains("10.96.0.2"))
        // The others go on changing; nothing is said twice.
        let second = try proxier.sync(update(edits("a", 1, hosts: [1, 2])))
        #expect(second.diagnostics.isEmpty && rules(mode).contains("10.0.1.2"))
        #expect(try proxier.sync(update(edits("b", 2, hosts: [2]))).diagnostics.isEmpty)
        // A change of its own is tried.
        kernel.refusedSteps = []
        #expect(try proxier.sync(update(edits("b", 2, hosts: [3]))).diagnostics.isEmpty)
        #expect(rules(mode).contains("10.96.0.2") && rules(mode).contains("10.0.2.3"))
    }

    @Test(arguments: ProxyMode.allCases)
    func whatWasInForceStays(_ mode: ProxyMode) throws {
        var proxier = Proxier(ProxySettings(nodeName: "node-a"), mode: mode, kernel: kernel)
        _ = try proxier.sync(update(edits("a", 1) + edits("b", 2)))
        kernel.refusedSteps = ["10.0.2.7"]
        let report = try proxier.sync(update(edits("b", 2, hosts: [7]) + edits("a", 1, hosts: [5])))
        #expect(report.diagnostics.first?.message.contains("stays as it was") == true)
        #expect(rules(mode).contains("10.0.2.1") && rules(mode).contains("10.0.1.5"))
        // It is deleted like any other.
        _ = try proxier.sync(update([.delete(ObjectReference(.service, NamespacedName("ns", "b")))]))
        #expect(!rules(mode).contains("10.0.2.1"))
    }

    @Test func whatConcernsAllIsAFailure() throws {
        var proxier = Proxier(ProxySettings(nodeName: "node-a"), kernel: kernel)
        kernel.refusedSteps = ["nat-prerouting"]
        #expect(throws: (any Error).self) { _ = try proxier.sync(update(edits("a", 1))) }
        kernel.refusedSteps = []
        #expect(try proxier.sync(update([])).diagnostics.isEmpty)
        #expect(rules(.nftables).contains("10.96.0.1"))
    }
}
