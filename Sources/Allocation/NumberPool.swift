import ClusterModel

/// Which of the numbers from 0 on are given, and which one is given next.
///
/// The first numbers, the lower band, are for those who choose for themselves, and are only given out when all others are
/// gone (KEP-3070, KEP-3668). Where the API server draws lots, a hash of what the number is for says where the search
/// begins: from the same state a dry run, another start, or a lost file of allocations come to the same numbers, whatever
/// else there is (but for the few who meet at one place). What was freed lately is given to nobody else while there is
/// anything else: somebody may still go there.
struct NumberPool: Sendable {
    let count: UInt64
    let lowerBand: UInt64
    private var owners: [UInt64: NamespacedName] = [:]
    private var upperCount: UInt64 = 0
    private var freed: Set<UInt64> = []
    /// The same in their order; of a number that was freed again the last one counts.
    private var freedOrder: [UInt64] = []

    /// How many numbers were ever freed: if it has not grown, what could not be had cannot be had.
    private(set) var freeings = 0

    private static let freedMax = 256

    init(count: UInt64, lowerBand: UInt64) {
        self.count = count
        self.lowerBand = min(lowerBand, count)
    }

    func owner(of number: UInt64) -> NamespacedName? { owners[number] }

    /// Gives a number that was asked for.
    ///
    /// - Returns: false if somebody else has it.
    mutating func take(_ number: UInt64, for owner: NamespacedName) -> Bool {
        if let other = owners[number] { return other == owner }
        owners[number] = owner
        if number >= lowerBand { upperCount += 1 }
        return true
    }

    /// Takes a number back; nothing happens if somebody else has it.
    ///
    /// - Parameter wasUsed: Whether anybody may know it.
    mutating func release(_ number: UInt64, of owner: NamespacedName, wasUsed: Bool = true) {
        guard owners[number] == owner else { return }
        owners[number] = nil
        if number >= lowerBand { upperCount -= 1 }
        guard wasUsed else { return }
        freeings += 1
        if freed.insert(number).inserted { freedOrder.append(number) }
        if freedOrder.count > Self.freedMax { freed.remove(freedOrder.removeFirst()) }
    }

    /// Gives any number.
    ///
    /// - Parameters:
    ///   - purpose: What it is for.
    ///   - isReserved: Whether somebody is about to ask for a number.
    ///   - reservedMax: How many such numbers there are at most.
    /// - Returns: nil if there is none.
    mutating func next(
        for owner: NamespacedName, _ purpose: String, avoiding isReserved: (UInt64) -> Bool, _ reservedMax: Int
    ) -> UInt64? {
        let seed = stableHash("\(owner.namespace)/\(owner.name)/\(purpose)")
        let bands = [lowerBand..<count, 0..<lowerBand]
        let isFull = [upperCount == count - lowerBand, UInt64(owners.count) - upperCount == lowerBand]
        for (band, isFull) in zip(bands, isFull) where !isFull {
            for avoided in [freed, []] {
                // There are no more to be passed over than these.
                let stepsMax = UInt64(owners.count + reservedMax + avoided.count + 1)
                let number = search(band, from: seed, stepsMax) { isReserved($0) || avoided.contains($0) }
                guard let number else { continue }
                _ = take(number, for: owner)
                return number
            }
        }
        return nil
    }

    private func search(
        _ band: Range<UInt64>, from seed: UInt64, _ stepsMax: UInt64, avoiding isAvoided: (UInt64) -> Bool
    ) -> UInt64? {
        let size = band.upperBound - band.lowerBound
        var step: UInt64 = 0
        while step < min(size, stepsMax) {
            let number = band.lowerBound + (seed % size + step) % size
            if owners[number] == nil, !isAvoided(number) { return number }
            step += 1
        }
        return nil
    }
}

/// A hash that is the same everywhere and for ever: 64 bits of FNV-1a, mixed so that all bits of it depend on all of the
/// text.
private func stableHash(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    hash ^= hash >> 33
    hash &*= 0xff51_afd7_ed55_8ccd
    return hash ^ hash >> 33
}
