import IPTables
import NetworkValues
import NFTables

extension Target {
    /// What `iptables-nft` makes of the target: a verdict, or the extension of x_tables itself.
    func instruction(in family: IPFamily) -> Instruction {
        switch self {
        case .jump(let target): .immediateVerdict(.jump(target.chain))
        case .verdict(.accept): .immediateVerdict(.accept)
        case .verdict(.drop): .immediateVerdict(.drop)
        case .verdict(.return): .immediateVerdict(.return)
        case .reject: .target("REJECT", revision: 0, rejectInfo(family))
        case .dnat(let target): .target("DNAT", revision: 2, info(of: target))
        case .masquerade: .target("MASQUERADE", revision: 0, masqueradeInfo(family))
        case .mark(let target): .target("MARK", revision: 2, info(of: target))
        }
    }
}

/// `struct ipt_reject_info` of linux/netfilter_ipv4/ipt_REJECT.h, or `struct ip6t_reject_info`.
private func rejectInfo(_ family: IPFamily) -> CompatInfo {
    CompatInfo(size: 8) { $0.put(family == .ipv4 ? IPT_ICMP_PORT_UNREACHABLE : IP6T_ICMP6_PORT_UNREACH, at: 0) }
}

/// `struct nf_nat_range2` of linux/netfilter/nf_nat.h: a range of one address and one port.
private func info(of target: DNATTarget) -> CompatInfo {
    CompatInfo(size: 48) { info in
        let port = target.destination.port.bigEndian
        info.put(NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED, at: 0)
        info.put(target.destination.address.bytes, at: 4)
        info.put(target.destination.address.bytes, at: 20)
        info.put(port, at: 36)
        info.put(port, at: 38)
    }
}

/// `struct nf_nat_ipv4_multi_range_compat`, or `struct nf_nat_range`, of linux/netfilter/nf_nat.h.
private func masqueradeInfo(_ family: IPFamily) -> CompatInfo {
    switch family {
    case .ipv4:
        CompatInfo(size: 24) { info in
            info.put(UInt32(1), at: 0)
            info.put(NF_NAT_RANGE_PROTO_RANDOM_FULLY, at: 4)
        }
    case .ipv6: CompatInfo(size: 40) { $0.put(NF_NAT_RANGE_PROTO_RANDOM_FULLY, at: 0) }
    }
}

/// `struct xt_mark_tginfo2` of linux/netfilter/xt_mark.h.
private func info(of target: MarkTarget) -> CompatInfo {
    CompatInfo(size: 8) { info in
        info.put(target.value, at: 0)
        info.put(target.mask, at: 4)
    }
}
