import ClusterModel
import NetworkValues

/// The cluster IPs of one family.
struct AddressPool: Sendable {
    let block: IPPrefix
    private(set) var numbers: NumberPool

    /// - Parameter block: Its first address is never given, nor is the last one of IPv4.
    init(_ block: IPPrefix) {
        self.block = block
        // Of a longer one than any API server takes, a part will do.
        let bits = min(block.family.addressBits - block.length, 62)
        let size: UInt64 = 1 << UInt64(bits)
        let unusable: UInt64 = block.family == .ipv4 ? 2 : 1
        numbers = NumberPool(count: size > unusable ? size - unusable : 0, lowerBand: Self.lowerBand(of: size))
    }

    /// KEP-3070: a sixteenth of the addresses, at least 16 and at most 256; none of 16 and fewer.
    private static func lowerBand(of size: UInt64) -> UInt64 {
        size <= 16 ? 0 : min(max(size / 16, 16), 256)
    }

    /// Nil if it is none that can be given.
    private func number(_ address: IPAddress) -> UInt64? {
        guard block.contains(address), address != block.address else { return nil }
        let number = address.low - block.address.low - 1
        return number < numbers.count ? number : nil
    }

    private func address(_ number: UInt64) -> IPAddress { Self.address(number, in: block) }

    private static func address(_ number: UInt64, in block: IPPrefix) -> IPAddress {
        let low = block.address.low + number + 1
        return block.family == .ipv4
            ? IPAddress(ipv4: UInt32(truncatingIfNeeded: low)) : IPAddress(ipv6High: block.address.high, low: low)
    }

    /// - Returns: why it cannot be had, in the API server's words; nil if it is given.
    mutating func take(_ address: IPAddress, for owner: NamespacedName) -> String? {
        guard let number = number(address) else { return "the provided network does not match the current range" }
        return numbers.take(number, for: owner) ? nil : "provided IP is already allocated"
    }

    mutating func release(_ address: IPAddress, of owner: NamespacedName, wasUsed: Bool = true) {
        if let number = number(address) { numbers.release(number, of: owner, wasUsed: wasUsed) }
    }

    /// - Returns: nil if there is none.
    mutating func next(for owner: NamespacedName, avoiding reserved: Set<IPAddress>) -> IPAddress? {
        // The one that is kept for it.
        if numbers.owner(of: 0) == owner, owner == .kubernetesService { return address(0) }
        let number = numbers.next(
            for: owner, block.family.rawValue,
            avoiding: { [block] in reserved.contains(Self.address($0, in: block)) }, reserved.count)
        return number.map { address($0) }
    }

    /// Keeps the first address for the Service by which Pods find the API server.
    mutating func keepFirstForKubernetes() {
        if numbers.count > 0 { _ = numbers.take(0, for: .kubernetesService) }
    }

    func owner(of address: IPAddress) -> NamespacedName? { number(address).flatMap { numbers.owner(of: $0) } }
}

/// The node ports, and the health check node ports with them.
struct PortPool: Sendable {
    let range: ClosedRange<UInt16>
    private(set) var numbers: NumberPool

    init(_ range: ClosedRange<UInt16>) {
        self.range = range
        numbers = NumberPool(count: UInt64(range.count), lowerBand: Self.lowerBand(of: UInt64(range.count)))
    }

    /// KEP-3668: a thirty-second of the ports, at least 16 and at most 128; none of 16 and fewer.
    private static func lowerBand(of size: UInt64) -> UInt64 {
        size <= 16 ? 0 : min(max(size / 32, 16), 128)
    }

    /// - Returns: why it cannot be had, in the API server's words; nil if it is given.
    mutating func take(_ port: UInt16, for owner: NamespacedName) -> String? {
        guard range.contains(port) else {
            return "provided port is not in the valid range. "
                + "The range of valid ports is \(range.lowerBound)-\(range.upperBound)"
        }
        return numbers.take(UInt64(port - range.lowerBound), for: owner) ? nil : "provided port is already allocated"
    }

    mutating func release(_ port: UInt16, of owner: NamespacedName, wasUsed: Bool = true) {
        guard range.contains(port) else { return }
        numbers.release(UInt64(port - range.lowerBound), of: owner, wasUsed: wasUsed)
    }

    /// - Returns: nil if there is none.
    mutating func next(for owner: NamespacedName, _ purpose: String, avoiding reserved: Set<UInt16>) -> UInt16? {
        let first = range.lowerBound
        let number = numbers.next(
            for: owner, purpose, avoiding: { reserved.contains(first + UInt16($0)) }, reserved.count)
        return number.map { first + UInt16($0) }
    }

    func owner(of port: UInt16) -> NamespacedName? {
        range.contains(port) ? numbers.owner(of: UInt64(port - range.lowerBound)) : nil
    }
}
