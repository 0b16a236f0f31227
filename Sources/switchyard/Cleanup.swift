import ArgumentParser
import NetfilterKernel
import ProxyConfiguration
import ProxyDaemon

/// `switchyard cleanup`: takes away all that is Switchyard's, and nothing else.
struct Cleanup: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove all rules of Switchyard from the kernel, and nothing else.",
        discussion: """
            In iptables mode these are the chains that kube-proxy has too, but for KUBE-FIREWALL, which the kubelet shares, \
            and for chains that other people's chains lead to.
            """)

    @Option(help: "The kind of rules to remove: nftables or iptables. (default: both)")
    var proxyMode: ProxyMode?

    @OptionGroup var foreign: IgnoredFlags

    func run() throws {
        try printDiagnostics(foreign.diagnostics + checkForDaemon())
        let socket = try NetfilterSocket()
        for mode in proxyMode.map({ [$0] }) ?? ProxyMode.allCases { try mode.removeRules(from: socket) }
    }
}
