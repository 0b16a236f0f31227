package import NetworkValues

/// What happens to a packet that a rule matches, `-j`; iptables-extensions(8) describes each.
package enum Target: Hashable, Sendable {
    /// On with another chain, and back at its end.
    case jump(JumpTarget)
    case verdict(VerdictTarget)
    case reject(RejectTarget)
    case dnat(DNATTarget)
    case masquerade(MasqueradeTarget)
    case mark(MarkTarget)

    /// `-j KUBE-MARK-MASQ`.
    package func text(in family: IPFamily) -> String {
        switch self {
        case .jump(let target): target.text
        case .verdict(let target): target.text
        case .reject(let target): target.text(in: family)
        case .dnat(let target): target.text
        case .masquerade(let target): target.text
        case .mark(let target): target.text
        }
    }
}
