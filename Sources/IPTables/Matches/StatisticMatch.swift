/// `-m statistic --mode random`: matches one packet in so many, at random.
package struct StatisticMatch: Hashable, Sendable {
    /// One packet in this many.
    package var oneIn: Int

    /// One packet in so many.
    package init(oneIn: Int) {
        self.oneIn = oneIn
    }

    /// The probability in the kernel's unit, 2^-31 (`struct xt_statistic_info`), from the ten decimals that kube-proxy
    /// gives to iptables-restore.
    package var kernelProbability: UInt32 {
        let tenDecimals = (1e10 / Double(oneIn)).rounded(.toNearestOrEven) / 1e10
        return UInt32((tenDecimals * 0x8000_0000).rounded(.toNearestOrAwayFromZero))
    }

    /// With eleven decimals, as `iptables-save` prints it.
    var text: String {
        let decimals = UInt64((Double(kernelProbability) / 0x8000_0000 * 1e11).rounded(.toNearestOrEven))
        let digits = String(decimals)
        let padded = String(repeating: "0", count: max(0, 12 - digits.count)) + digits
        return "-m statistic --mode random --probability \(padded.dropLast(11)).\(padded.suffix(11))"
    }

    var problems: [String] { oneIn < 1 ? ["statistic of one in \(oneIn)"] : [] }
}
