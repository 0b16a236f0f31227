import NetworkValues
package import ProxyPlanning

/// What the person who runs the proxy decides about rules, and what the kernel can do: what only compilers need to know, and
/// no plan.
package struct RuleSettings: Hashable, Sendable {
    /// The packet mark that asks for masquerading: one bit, `--iptables-masquerade-bit`.
    package var masqueradeMark: UInt32

    /// Whether packets are to be dropped that connection tracking finds invalid, in iptables mode: unless it lets TCP packets
    /// outside the window pass (`--conntrack-tcp-be-liberal`).
    package var dropsInvalid: Bool

    /// `--iptables-localhost-nodeports`: serve node ports at 127.0.0.0/8 too, in iptables mode.
    package var localhostNodePorts: Bool

    /// Whether rules of iptables mode count some packets in accounting objects of the kernel (nfnetlink_acct).
    package var usesAccounting: Bool

    package init(
        masqueradeMark: UInt32 = 1 << 14, dropsInvalid: Bool = true, localhostNodePorts: Bool = true,
        usesAccounting: Bool = false
    ) {
        self.masqueradeMark = masqueradeMark
        self.dropsInvalid = dropsInvalid
        self.localhostNodePorts = localhostNodePorts
        self.usesAccounting = usesAccounting
    }

    /// Whether rules of iptables mode serve connections to node ports at loopback addresses: where node ports are served at
    /// all local addresses, or at 127.0.0.1 among others. Never for IPv6, whose packets to `::1` the kernel does not route
    /// elsewhere.
    package func servesLocalhostNodePorts(_ view: NodeView) -> Bool {
        switch view.nodePortAddresses[.ipv4] {
        case .only(let addresses)?: localhostNodePorts && addresses.contains(.loopback(.ipv4))
        case .all?, nil: localhostNodePorts
        }
    }
}

/// What the rules of every Service depend on.
struct RuleContext {
    /// The node.
    let view: NodeView
    /// How rules are written.
    let settings: RuleSettings

    var servesLocalhostNodePorts: Bool { settings.servesLocalhostNodePorts(view) }
}
