import IPTables
import NetfilterWire
import NetworkValues
import NFTables
import Testing
import TestSupport

@testable import NetfilterKernel

/// What the kernel lacks is found by trying it, and nothing of that stays.
struct FeatureProbeTests {
    @Test(arguments: IPFamily.allCases)
    func nothingIsMissingHere(_ family: IPFamily) throws {
        let namespace = try NetworkNamespace("features")
        let socket = try namespace.perform { try NetfilterSocket() }
        let before = try socket.generation()
        #expect(socket.lacking(KernelFeature.nftables(family)) == [])
        #expect(socket.lacking(KernelFeature.iptables(family)) == [])
        #expect(try socket.generation() == before)
        #expect(try namespace.check(["nft", "list", "ruleset"]).isEmpty)
    }

    @Test func whatIsRefusedIsNamed() throws {
        let namespace = try NetworkNamespace("features")
        let socket = try namespace.perform { try NetfilterSocket() }
        let id = TableID(.ipv4, "t")
        let good = KernelFeature("tables", [.addTable(id, comment: nil)])
        let bad = KernelFeature("chains without a table", [.addChain(id, Chain("c", rules: []))])
        #expect(socket.lacking([good, bad, good]) == [bad.name])
        #expect(socket.lacking([bad, bad]) == [bad.name], "the first one is needed for the others")
    }
}
