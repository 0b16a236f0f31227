import Foundation
import ProxyConfiguration
import ProxyDaemon
import Testing
import TestSupport

extension KernelTests {
    /// Tables that are there and yet not in force, or not ours to change; and users who are root in their namespaces only.
    struct TableFlagTests {
        private let files: ClusterFiles
        private let switchyard: SwitchyardCommand

        init() throws {
            switchyard = try SwitchyardCommand(servingWebOn: try NetworkNamespace("node"))
            files = switchyard.files
        }

        @Test(arguments: ProxyMode.allCases)
        func aDormantTableIsWoken(_ mode: ProxyMode) throws {
            try switchyard.apply(mode)
            let before = try switchyard.listing()
            let table = mode == .nftables ? "ip switchyard" : "ip nat"
            try switchyard.node.check(["nft", "add table \(table) { flags dormant; }"])
            #expect(try switchyard.listing().contains("flags dormant"))
            let difference = try switchyard.diff(mode)
            #expect(difference.status == 1 && difference.output == "add table \(table)\n")
            try switchyard.apply(mode)
            #expect(try switchyard.listing() == before)
            #expect(try switchyard.diff(mode).status == 0)
        }

        @Test func theOwnerOfATableIsNamed() throws {
            let owner = try BackgroundProcess(["nft", "-i"], in: switchyard.node)
            try owner.send("add table ip switchyard { flags owner; }")
            try owner.wait(for: "its table") { try switchyard.listing().contains("flags owner") }
            let refusal = try switchyard.tryToApply(.nftables)
            #expect(refusal.status != 0)
            #expect(
                refusal.errors.contains("table ip switchyard has an owner") && !refusal.errors.contains("CAP_NET_ADMIN")
            )
        }

        @Test(arguments: ProxyMode.allCases)
        func rootOfAUserNamespaceCanCommit(_ mode: ProxyMode) throws {
            let result = try switchyard.runAsNobody("apply --proxy-mode \(mode)", then: "nft list ruleset")
            #expect(result.status == 0, "\(result.errors)")
            #expect(result.output.contains("10.96.0.10"))
        }

        /// The buffer of a socket, and with it a transaction, has a limit that only the machine's root can pass.
        @Test func aTransactionThatDoesNotFitIsExplained() throws {
            let text = try Shell.check(["cat", "/proc/sys/net/core/wmem_max"])
            let limit = try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
            let ports = (1...1000).map { "{\"name\": \"p\($0)\", \"port\": \($0)}" }.joined(separator: ", ")
            // Each port is an element of more than 80 bytes.
            for number in 0...(2 * limit / 80_000) {
                try files.write(
                    "large-\(number).json",
                    """
                    {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "large-\(number)", "namespace": "default"},
                     "spec": {"clusterIP": "10.97.\(number / 250).\(number % 250 + 1)", "ports": [\(ports)]}}
                    """)
            }
            let result = try switchyard.runAsNobody("apply", then: "true")
            #expect(result.status != 0 && result.errors.contains("set net.core.wmem_max to at least"), "\(result)")
        }
    }
}
