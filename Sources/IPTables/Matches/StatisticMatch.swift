package import NetworkValues

/// `-m statistic --mode random`: matches a share of the packets, at random.
package struct StatisticMatch: Hashable, Sendable {
    /// How likely a packet matches: more than never, and at most always.
    package var share: Fraction

    package init(_ share: Fraction) {
        self.share = share
    }

    /// The probability in the kernel's unit, 2^-31 (`struct xt_statistic_info`), from the ten decimals that kube-proxy
    /// gives to iptables-restore.
    package var kernelProbability: UInt32 {
        let share = min(share, .one)
        let tenDecimals =
            (1e10 * Double(share.numerator) / Double(share.denominator)).rounded(.toNearestOrEven) / 1e10
        return UInt32((tenDecimals * 0x8000_0000).rounded(.toNearestOrAwayFromZero))
    }

    /// With eleven decimals, as `iptables-save` prints it.
    var text: String {
        let decimals = UInt64((Double(kernelProbability) / 0x8000_0000 * 1e11).rounded(.toNearestOrEven))
        let digits = String(decimals)
        let padded = String(repeating: "0", count: max(0, 12 - digits.count)) + digits
        return "-m statistic --mode random --probability \(padded.dropLast(11)).\(padded.suffix(11))"
    }

    var problems: [String] { share > .zero && share <= .one ? [] : ["statistic of a share of \(share)"] }
}
