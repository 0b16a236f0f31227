package import NetworkValues

/// An extension that looks at a packet, `-m NAME`; iptables-extensions(8) describes each.
package enum Match: Hashable, Sendable {
    case comment(CommentMatch)
    case port(PortMatch)
    case statistic(StatisticMatch)
    case recent(RecentMatch)
    case conntrack(ConntrackMatch)
    case addressType(AddressTypeMatch)
    case mark(MarkMatch)
    case nfacct(NFAcctMatch)

    /// `-m mark --mark 0x4000/0x4000`.
    package func text(in family: IPFamily) -> String {
        switch self {
        case .comment(let match): match.text
        case .port(let match): match.text
        case .statistic(let match): match.text
        case .recent(let match): match.text(in: family)
        case .conntrack(let match): match.text
        case .addressType(let match): match.text
        case .mark(let match): match.text
        case .nfacct(let match): match.text
        }
    }

    /// What the kernel or the tools would not take, one phrase each.
    func problems(in rule: XTRule) -> [String] {
        switch self {
        case .comment(let match): match.problems
        case .port(let match): match.problems(in: rule)
        case .recent(let match): match.problems
        case .statistic(let match): match.problems
        case .conntrack(let match): match.problems
        case .nfacct(let match): match.problems
        case .addressType, .mark: []
        }
    }
}
