package import NetworkValues

/// The value of `--cluster-cidr`, and of other settings that are a block for each family.
package struct FamilyBlocks: Hashable, Sendable {
    /// At most one per family, in the order given.
    package let prefixes: [IPPrefix]

    /// Blocks with commas between them; none if the text is empty.
    package init?(_ text: String) {
        let parts = text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false)
        let prefixes = parts.compactMap { IPPrefix($0) }
        guard prefixes.count == parts.count, Set(prefixes.map(\.family)).count == prefixes.count else { return nil }
        self.prefixes = prefixes
    }
}

/// All values of `--nodeport-addresses`.
struct NodePortAddressList {
    let blocks: [IPPrefix]
    let isPrimary: Bool

    /// Blocks, or the word `primary` alone.
    init?(_ values: [String]) {
        let parts = values.filter { !$0.isEmpty }.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }
        isPrimary = parts == ["primary"]
        blocks = isPrimary ? [] : parts.compactMap { IPPrefix($0.trimmingPrefix(" ")) }
        guard isPrimary || blocks.count == parts.count else { return nil }
    }
}

/// The value of `--service-node-port-range`: `30000-32767`, `30000+2767` or `30000` (`utilnet.ParsePortRange`).
package struct PortRange: Hashable, Sendable {
    /// From the first to the last.
    package let ports: ClosedRange<UInt16>

    /// Parses a range that is not empty.
    package init?(_ text: String) {
        let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "-" || $0 == "+" }
        guard let first = UInt16(parts[0]), let number = UInt16(parts[parts.count - 1]), first > 0 else { return nil }
        let last = text.contains("+") ? Int(first) + Int(number) : Int(number)
        guard last >= first, last <= UInt16.max else { return nil }
        ports = first...UInt16(last)
    }
}
