import NetworkValues

/// `-j REJECT`: an ICMP or ICMPv6 port unreachable, which is its default.
public struct RejectTarget: Hashable, Sendable {
    /// Port unreachable.
    public init() {}

    func text(in family: IPFamily) -> String {
        "-j REJECT --reject-with \(family == .ipv4 ? "icmp" : "icmp6")-port-unreachable"
    }
}
