import ClusterModel

/// The names of the slices of one Service: what the API server makes of `generateName`, but with five characters that are the
/// same each time, so that the same files give the same output.
struct SliceNames: Sendable {
    /// What the API server draws from, which makes no words.
    private static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789".utf8)
    private static let drawnCount = 5
    /// Names that the API server makes are labels.
    private static let prefixLengthMax = 63 - drawnCount

    private let service: NamespacedName
    /// How many names were made.
    private(set) var count: Int

    /// - Parameter count: How many names were made before.
    init(of service: NamespacedName, count: Int) {
        self.service = service
        self.count = count
    }

    /// A name that was not given before.
    mutating func next() -> NamespacedName {
        var rest = FNV.hash64("\(service.namespace)/\(service.name)/\(count)".utf8)
        count += 1
        // The lowest bits of the hash depend on few of the text's.
        rest ^= rest >> 32
        var drawn: [UInt8] = []
        for _ in 0..<Self.drawnCount {
            drawn.append(Self.alphabet[Int(rest % UInt64(Self.alphabet.count))])
            rest /= UInt64(Self.alphabet.count)
        }
        let prefix = EndpointSlice.generateName(of: service.name).utf8.prefix(Self.prefixLengthMax)
        return NamespacedName(service.namespace, String(decoding: Array(prefix) + drawn, as: UTF8.self))
    }
}
