import IPTables
import NetworkValues

extension Match {
    /// What `iptables-nft` makes of the match: instructions of nf_tables for ports and marks, and for all else the
    /// extension of x_tables itself.
    func instructions(in family: IPFamily) -> [Instruction] {
        switch self {
        case .comment(let match): [.match("comment", revision: 0, info(of: match))]
        case .port(let match): portInstructions(match)
        case .statistic(let match): [.match("statistic", revision: 0, info(of: match))]
        case .recent(let match): [.match("recent", revision: 1, info(of: match, family))]
        case .conntrack(let match): [.match("conntrack", revision: 3, info(of: match))]
        case .addressType(let match): [.match("addrtype", revision: 1, info(of: match))]
        case .mark(let match): markInstructions(match)
        case .nfacct(let match): [.match("nfacct", revision: 1, info(of: match))]
        }
    }
}

/// `struct xt_comment_info` of linux/netfilter/xt_comment.h.
private func info(of match: CommentMatch) -> CompatInfo {
    CompatInfo(size: 256) { $0.put(match.comment.utf8, at: 0) }
}

/// `struct xt_statistic_info` of linux/netfilter/xt_statistic.h, mode `XT_STATISTIC_MODE_RANDOM`.
private func info(of match: StatisticMatch) -> CompatInfo {
    CompatInfo(size: 24) { info in
        info.put(match.kernelProbability, at: 4)
        // The tool computes nth.count in any mode; it lies over the probability in a union.
        info.put(match.kernelProbability, at: 12)
    }
}

/// `struct xt_recent_mtinfo_v1` of linux/netfilter/xt_recent.h, for the source address.
private func info(of match: RecentMatch, _ family: IPFamily) -> CompatInfo {
    CompatInfo(size: 232) { info in
        switch match.action {
        case .set: info.put(XT_RECENT_SET, at: 8)
        case .check(let seconds):
            info.put(seconds, at: 0)
            info.put(XT_RECENT_CHECK | XT_RECENT_REAP, at: 8)
        }
        info.put(match.name.utf8, at: 10)
        info.put(repeatElement(0xff, count: family.addressBytes), at: 212)
    }
}

/// `struct xt_conntrack_mtinfo3` of linux/netfilter/xt_conntrack.h, of which the states come last.
private func info(of match: ConntrackMatch) -> CompatInfo {
    CompatInfo(size: 168) { info in
        info.put(XT_CONNTRACK_STATE, at: 146)
        if match.isNegated { info.put(XT_CONNTRACK_STATE, at: 148) }
        info.put(match.states.rawValue, at: 150)
    }
}

/// `struct xt_addrtype_info_v1` of linux/netfilter/xt_addrtype.h.
private func info(of match: AddressTypeMatch) -> CompatInfo {
    CompatInfo(size: 8) { $0.put(XT_ADDRTYPE_LOCAL, at: match.local == .source ? 0 : 2) }
}

/// `struct xt_nfacct_match_info_v1` of linux/netfilter/xt_nfacct.h: the name, and a pointer that is the kernel's own.
private func info(of match: NFAcctMatch) -> CompatInfo {
    CompatInfo(size: 40) { $0.put(match.name.utf8, at: 0) }
}

private func portInstructions(_ match: PortMatch) -> [Instruction] {
    switch (match.transportProtocol, match.destinationPort) {
    case (.sctp, let port): return [.match("sctp", revision: 0, sctpInfo(port))]
    case (_, let port?):
        let register = Register(word: 0)
        let data = [UInt8(port >> 8), UInt8(truncatingIfNeeded: port)]
        return [
            .payload(.transport, offset: 2, length: 2, dreg: register), .cmp(.eq, sreg: register, data: data),
        ]
    case (.tcp, nil): return [.match("tcp", revision: 0, anyPorts)]
    case (.udp, nil): return [.match("udp", revision: 0, anyPorts)]
    }
}

/// `struct xt_tcp` and `struct xt_udp` of linux/netfilter/xt_tcpudp.h: both ranges of ports come first.
private let anyPorts = CompatInfo(size: 16) { info in
    info.put(UInt16.max, at: 2)
    info.put(UInt16.max, at: 6)
}

/// `struct xt_sctp_info` of linux/netfilter/xt_sctp.h.
private func sctpInfo(_ port: UInt16?) -> CompatInfo {
    CompatInfo(size: 296) { info in
        for place in 0..<4 { info.put(UInt8.max, at: 268 + 3 * place) }
        guard let port else { return }
        info.put(port, at: 0)
        info.put(port, at: 2)
        info.put(XT_SCTP_DEST_PORTS, at: 284)
    }
}

private func markInstructions(_ match: MarkMatch) -> [Instruction] {
    let register = Register(word: 0)
    return [
        .meta(.mark, dreg: register),
        .bitwise(
            sreg: register, dreg: register, mask: match.mask.hostBytes, xor: UInt32(0).hostBytes),
        .cmp(match.isNegated ? .neq : .eq, sreg: register, data: match.value.hostBytes),
    ]
}
