import ClusterModel
import ClusterState
import IPTables
import NetworkValues
import NFTables
import ProxyConfiguration
import ProxyDaemon
import ProxyPlanning
import RuleCompilers
import RuleTesting
import Testing

@Suite struct ProxierTests {
    private static let settings = ProxySettings(nodeName: "node-a")

    private func service(_ name: String, _ number: UInt32, affinity: Service.SessionAffinity = .none) -> ObjectEdit {
        .put(
            .service(
                Service(
                    metadata: ObjectMetadata(name: NamespacedName("ns", name)),
                    clusterIPs: [IPAddress(ipv4: 0x0a60_0000 + number)], ports: [Service.Port(port: 80)],
                    sessionAffinity: affinity)))
    }

    private func slice(of service: String, _ hosts: [UInt32]) -> ObjectEdit {
        .put(
            .endpointSlice(
                EndpointSlice(
                    metadata: ObjectMetadata(name: NamespacedName("ns", service + "-1")),
                    service: NamespacedName("ns", service), family: .ipv4, ports: [EndpointSlice.Port(port: 8080)],
                    endpoints: hosts.map { EndpointSlice.Endpoint(address: IPAddress(ipv4: 0x0a00_0000 + $0)) })))
    }

    private func update(_ edits: [ObjectEdit], unknown: UnknownState = .nothing) -> StateUpdate {
        var update = StateUpdate()
        update.edits = edits
        update.unknown = unknown
        return update
    }

    /// The frontends that the kernel serves.
    private func served(_ kernel: FakeKernel) -> Set<String> {
        let elements = kernel.model.tables[NFTablesNames.table(.ipv4)]?.elements["services"] ?? [:]
        return Set(elements.values.compactMap(\.comment))
    }

    @Test func sendsOneChangeAndThenNothing() throws {
        let kernel = FakeKernel()
        var proxier = Proxier(Self.settings, kernel: kernel)
        let edits = [service("a", 1), slice(of: "a", [1, 2])]
        let first = try proxier.sync(update(edits))
        #expect(kernel.commits == 2, "one for each family")
        #expect(first.changedServices == 1 && first.counts.services == 1 && first.addedElements == 6)
        let second = try proxier.sync(update(edits))
        #expect(kernel.commits == 2)
        #expect(second.changedServices == 0 && second.addedElements == 0 && second.changedChains == 0)
    }

    @Test func aRestartSendsOnlyTheDifference() throws {
        let kernel = FakeKernel()
        var before = Proxier(Self.settings, kernel: kernel)
        _ = try before.sync(update([service("a", 1), slice(of: "a", [1, 2]), service("b", 2)]))
        var after = Proxier(Self.settings, kernel: kernel)
        let report = try after.sync(update([service("a", 1), slice(of: "a", [1, 3]), service("b", 2)]))
        // The backend in the second slot and its hairpin element are replaced.
        #expect(report.addedElements == 2 && report.deletedElements == 2 && report.changedChains == 0)
    }

    @Test func aFailedSyncIsMadeUpForFromWhatTheKernelHolds() throws {
        let kernel = FakeKernel()
        var proxier = Proxier(Self.settings, kernel: kernel)
        _ = try proxier.sync(update([service("a", 1), slice(of: "a", [1])]))
        kernel.refusals = 2
        #expect(throws: FakeKernel.Refused.self) {
            _ = try proxier.sync(update([service("b", 2), slice(of: "b", [2])]))
        }
        #expect(served(kernel) == ["ns/a"])
        // Meanwhile somebody else takes our table away.
        kernel.model.tables[NFTablesNames.table(.ipv4)] = nil
        _ = try proxier.sync(update([]))
        #expect(served(kernel) == ["ns/a", "ns/b"])
    }

    @Test func keepsInTheKernelWhatCannotBeReadAtTheStart() throws {
        let kernel = FakeKernel()
        var before = Proxier(Self.settings, kernel: kernel)
        let a = [service("a", 1), slice(of: "a", [1, 2])]
        let b = [service("b", 2), slice(of: "b", [3])]
        _ = try before.sync(update(a + b))
        var after = Proxier(Self.settings, kernel: kernel)
        // The file that held b is broken; a has changed.
        let changed = [service("a", 1), slice(of: "a", [1, 2, 4])]
        _ = try after.sync(update(changed, unknown: .anything))
        #expect(served(kernel) == ["ns/a", "ns/b"])
        // It stays while other things change, come or go. The Service c shares a chain with b, and takes it over.
        _ = try after.sync(update([service("c", 3), slice(of: "c", [5])], unknown: .anything))
        #expect(served(kernel) == ["ns/a", "ns/b", "ns/c"])
        let gone = ["a", "c"].map { ObjectEdit.delete(ObjectReference(.service, NamespacedName("ns", $0))) }
        _ = try after.sync(update(gone, unknown: .anything))
        #expect(served(kernel) == ["ns/b"])
        // So it does when the kernel's tables are read again.
        kernel.commits += 1
        #expect(try after.foreignCommit() == .some)
        _ = try after.sync(update(changed + [service("c", 3)], unknown: .anything))
        #expect(served(kernel) == ["ns/a", "ns/b", "ns/c"])
        // All is put right when the file is.
        _ = try after.sync(update([service("b2", 2), slice(of: "b2", [6])]))
        #expect(served(kernel) == ["ns/a", "ns/b2", "ns/c"])
        let anew = NFTablesCompiler.compile(after.plan)
        for contents in anew { #expect(kernel.model.tables[contents.id] == ModelKernel.Table(contents)) }
    }

    /// Goal: an object that cannot be read keeps what is of its own Service, and nothing else of anybody.
    @Test(arguments: [ProxyMode.nftables, .iptables])
    func keepsNoMoreThanMayBeHidden(mode: ProxyMode) throws {
        let kernel = FakeKernel()
        let other: ProxyMode = mode == .nftables ? .iptables : .nftables
        let a = [service("a", 1), slice(of: "a", [1, 2])]
        let b = [service("b", 2, affinity: .clientIP(timeoutSeconds: 60)), slice(of: "b", [3, 4])]
        let c = [service("c", 3), slice(of: "c", [5, 6, 7])]
        for before in [other, mode] {
            var proxier = Proxier(Self.settings, mode: before, kernel: kernel)
            _ = try proxier.sync(update(a + b + c, unknown: .anything))
        }
        var after = Proxier(Self.settings, mode: mode, kernel: kernel)
        let hidden = UnknownState.services(Set(["b", "x"].map { NamespacedName("ns", $0) }))
        _ = try after.sync(update(a, unknown: hidden))
        #expect(comments(kernel, mode) == ["ns/a", "ns/b"])
        #expect(comments(kernel, other) == [], "the other mode's rules are nobody's")
        _ = try after.sync(update([service("d", 4), slice(of: "d", [8])], unknown: hidden))
        #expect(comments(kernel, mode) == ["ns/a", "ns/b", "ns/d"])
        // What was hidden turns out to be another Service's.
        _ = try after.sync(update([], unknown: .services([NamespacedName("ns", "x")])))
        #expect(comments(kernel, mode) == ["ns/a", "ns/d"])
        guard mode == .nftables else { return }
        for contents in NFTablesCompiler.compile(after.plan) {
            #expect(kernel.model.tables[contents.id] == ModelKernel.Table(contents), "nothing is left of b")
        }
    }

    /// The Services that have rules of this kind.
    private func comments(_ kernel: FakeKernel, _ mode: ProxyMode) -> Set<String> {
        if mode == .nftables { return served(kernel) }
        let chains = kernel.iptables.contents(XTTableID(.ipv4, .nat)).chains
        let texts = (chains.first { $0.name == "KUBE-SERVICES" }?.rules ?? []).map { $0.text(in: .ipv4) }
        return Set("abcdx".map { "ns/\($0)" }.filter { name in texts.contains { $0.contains(name) } })
    }

    @Test func prunesTheMemoryOfEndpointsThatAreGone() throws {
        let kernel = FakeKernel()
        var proxier = Proxier(Self.settings, kernel: kernel)
        let sticky = service("a", 1, affinity: .clientIP(timeoutSeconds: 60))
        _ = try proxier.sync(update([sticky, slice(of: "a", [1, 2])]))
        #expect(kernel.pruned.isEmpty)
        _ = try proxier.sync(update([slice(of: "a", [2, 3])]))
        #expect(kernel.pruned.map(\.map) == ["affinity-ns/a/tcp/"])
        #expect(kernel.pruned.first?.values?.map(\.nftText) == ["10.0.0.2 . 8080", "10.0.0.3 . 8080"])
    }

    @Test func nodePortsFollowTheMachinesAddresses() throws {
        let kernel = FakeKernel()
        kernel.addresses = [IPAddress(ipv4: 0x0a00_0001), IPAddress(ipv4: 0xc633_6407)]
        let blocks = [IPPrefix("198.51.100.0/24")].compactMap { $0 }
        var proxier = Proxier(ProxySettings(nodeName: "node-a", nodePortAddresses: blocks), kernel: kernel)
        let served = {
            let elements = kernel.model.tables[NFTablesNames.table(.ipv4)]?.elements["node-addresses"] ?? [:]
            return Set(elements.keys.map(\.nftText))
        }
        #expect(try !proxier.checkForOtherAddresses(), "before the first sync nothing is known")
        _ = try proxier.sync(update([]))
        #expect(served() == ["198.51.100.7"])
        #expect(try !proxier.checkForOtherAddresses())
        kernel.addresses.append(IPAddress(ipv4: 0xc633_6408))
        #expect(try proxier.checkForOtherAddresses())
        _ = try proxier.sync(update([]))
        #expect(served() == ["198.51.100.7", "198.51.100.8"])
    }

    @Test func anUpdateIsNotLostWhenTheAddressesCannotBeRead() throws {
        let kernel = FakeKernel()
        kernel.refusesAddresses = true
        var proxier = Proxier(Self.settings, kernel: kernel)
        #expect(throws: FakeKernel.Refused.self) {
            _ = try proxier.sync(update([service("a", 1), slice(of: "a", [1])]))
        }
        kernel.refusesAddresses = false
        _ = try proxier.sync(update([]))
        #expect(served(kernel) == ["ns/a"])
    }

    @Test func keepsInIPTablesWhatCannotBeReadAtTheStart() throws {
        let kernel = FakeKernel()
        var before = Proxier(Self.settings, mode: .iptables, kernel: kernel)
        let a = [service("a", 1), slice(of: "a", [1, 2])]
        let b = [service("b", 2), slice(of: "b", [3])]
        _ = try before.sync(update(a + b))
        let served = {
            let chains = kernel.iptables.contents(XTTableID(.ipv4, .nat)).chains
            let comments = (chains.first { $0.name == "KUBE-SERVICES" }?.rules ?? []).map { $0.text(in: .ipv4) }
            return Set(["ns/a", "ns/b", "ns/c"].filter { name in comments.contains { $0.contains(name) } })
        }
        var after = Proxier(Self.settings, mode: .iptables, kernel: kernel)
        let changed = [service("a", 1), slice(of: "a", [1, 2, 4])]
        _ = try after.sync(update(changed, unknown: .anything))
        #expect(served() == ["ns/a", "ns/b"])
        _ = try after.sync(update([service("c", 3), slice(of: "c", [5])], unknown: .anything))
        #expect(served() == ["ns/a", "ns/b", "ns/c"])
        let gone = ["a", "c"].map { ObjectEdit.delete(ObjectReference(.service, NamespacedName("ns", $0))) }
        _ = try after.sync(update(gone, unknown: .anything))
        #expect(served() == ["ns/b"])
        _ = try after.sync(update([service("c", 3), slice(of: "c", [5])]))
        #expect(served() == ["ns/c"], "all is put right once it can be read")
        for contents in IPTablesCompiler.compile(after.plan) {
            let listed = kernel.iptables.readTable(matching: contents)
            #expect(contents.change(from: listed, isOurs: IPTablesNames.isOurs).isEmpty)
        }
    }

    /// A change of somebody else's that comes between two looks, followed by one of our own.
    @Test(arguments: ProxyMode.allCases) func aForeignChangeIsNotLostBehindOurOwn(_ mode: ProxyMode) throws {
        let kernel = FakeKernel()
        var proxier = Proxier(Self.settings, mode: mode, kernel: kernel)
        _ = try proxier.sync(update([service("a", 1), slice(of: "a", [1]), service("b", 2), slice(of: "b", [2])]))
        kernel.model = ModelKernel()
        kernel.iptables = ModelIPTables()
        kernel.commits += 1
        #expect(try proxier.foreignCommit() == .takesTables)
        _ = try proxier.sync(update([slice(of: "b", [3])]))
        try expectInForce(proxier.plan, mode, kernel)
        #expect(try proxier.foreignCommit() == .none)
    }

    /// ... or at the very moment of our commit, once or again and again.
    @Test(arguments: ProxyMode.allCases, [1, 2, 9]) func whatIsOvertakenIsDoneAnew(_ mode: ProxyMode, times: Int) throws
    {
        let kernel = FakeKernel()
        var proxier = Proxier(Self.settings, mode: mode, kernel: kernel)
        _ = try proxier.sync(update([service("a", 1), slice(of: "a", [1])]))
        kernel.overtakings = times
        _ = try proxier.sync(update([slice(of: "a", [2])]))
        try expectInForce(proxier.plan, mode, kernel)
        let isSeen = try proxier.foreignCommit() != .none
        #expect(isSeen == (times > 2), "what was committed whatever others did must be looked at")
    }

    @Test func aForeignChangeThatIsNotReadBackYetIsNotForgotten() throws {
        let kernel = FakeKernel()
        var proxier = Proxier(Self.settings, kernel: kernel)
        _ = try proxier.sync(update([service("a", 1), slice(of: "a", [1])]))
        kernel.commits += 1
        _ = try proxier.sync(update([slice(of: "a", [2])]), readsBack: false)
        #expect(try proxier.foreignCommit() == .some)
        _ = try proxier.sync(update([]))
        #expect(try proxier.foreignCommit() == .none)
    }

    private func expectInForce(_ plan: ProxyPlan, _ mode: ProxyMode, _ kernel: FakeKernel) throws {
        switch mode {
        case .nftables:
            for contents in NFTablesCompiler.compile(plan) {
                #expect(kernel.model.tables[contents.id] == ModelKernel.Table(contents))
            }
        case .iptables:
            for contents in IPTablesCompiler.compile(plan) {
                let listed = kernel.iptables.readTable(matching: contents)
                #expect(contents.change(from: listed, isOurs: IPTablesNames.isOurs).isEmpty)
            }
        }
    }

    @Test func oneModeTakesTheOthersRulesAway() throws {
        let kernel = FakeKernel()
        let edits = [service("a", 1), slice(of: "a", [1, 2])]
        for mode in [ProxyMode.iptables, .nftables, .iptables] {
            var proxier = Proxier(Self.settings, mode: mode, kernel: kernel)
            _ = try proxier.sync(update(edits))
            let nat = kernel.iptables.contents(XTTableID(.ipv4, .nat))
            #expect(nat.chains.isEmpty == (mode == .nftables))
            #expect(nat.builtinRules.allSatisfy(\.rules.isEmpty) == (mode == .nftables))
            #expect(kernel.model.tables.isEmpty == (mode == .iptables))
        }
    }
}
