import NetworkValues

/// `-j REJECT`: an ICMP or ICMPv6 port unreachable, which is its default.
package struct RejectTarget: Hashable, Sendable {
    /// Port unreachable.
    package init() {}

    func text(in family: IPFamily) -> String {
        "-j REJECT --reject-with \(family == .ipv4 ? "icmp" : "icmp6")-port-unreachable"
    }
}
