package import NetworkValues

/// One field of a set's key or data, as nftables types it.
package enum Datum: Hashable, Sendable {
    /// `ipv4_addr` or `ipv6_addr`: 4 or 16 bytes in network order.
    case address(IPAddress)
    /// `inet_proto`: one byte.
    case transportProtocol(TransportProtocol)
    /// `inet_service`: two bytes in network order.
    case port(UInt16)
    /// An integer of 32 bits in host order, such as what `numgen` gives.
    case number(UInt32)
}

/// A key or a data value of a set or map: its fields one after another, exactly as they lie in the kernel's registers.
///
/// Kept as bytes in place, without an allocation, since a rule set holds hundreds of thousands: each field is padded to a
/// multiple of four bytes (`struct nft_data` and `NFT_REG32_*` in linux/netfilter/nf_tables.h), 32 bytes at most, which
/// holds two IPv6 addresses, or one and four further fields.
package struct Tuple: Hashable, Sendable {
    private enum Kind: UInt32 {
        case ipv4 = 1
        case ipv6
        case transportProtocol
        case port
        case number
    }

    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    /// Four bits each: the kinds of the fields, the first one lowest.
    private var kinds: UInt32 = 0
    private var usedBytes: UInt8 = 0

    /// How many bytes all fields may have together.
    package static let bytesMax = 32

    /// The bytes in use, a multiple of 4.
    package var byteCount: Int { Int(usedBytes) }

    /// A tuple of no fields.
    package init() {}

    /// A tuple of the given fields.
    package init(_ fields: Datum...) {
        for field in fields { append(field) }
    }

    /// Adds a field at the end.
    ///
    /// - Precondition: the tuple stays within ``bytesMax``.
    package mutating func append(_ field: Datum) {
        switch field {
        case .address(let address) where address.family == .ipv4:
            append(UInt32(truncatingIfNeeded: address.low), kind: .ipv4)
        case .address(let address):
            append(UInt32(truncatingIfNeeded: address.high >> 32), kind: .ipv6)
            store(UInt32(truncatingIfNeeded: address.high))
            store(UInt32(truncatingIfNeeded: address.low >> 32))
            store(UInt32(truncatingIfNeeded: address.low))
        case .transportProtocol(let value): append(UInt32(value.number) << 24, kind: .transportProtocol)
        case .port(let value): append(UInt32(value) << 16, kind: .port)
        case .number(let value): append(value.byteSwapped, kind: .number)
        }
    }

    /// The tuple with a field added at the end.
    package func appending(_ field: Datum) -> Tuple {
        var longer = self
        longer.append(field)
        return longer
    }

    private mutating func append(_ word: UInt32, kind: Kind) {
        precondition(kinds >> 28 == 0, "a tuple has 8 fields at most")
        var shift: UInt32 = 0
        while kinds >> shift != 0 { shift += 4 }
        kinds |= kind.rawValue << shift
        store(word)
    }

    /// Stores four bytes, the highest of `word` first.
    private mutating func store(_ word: UInt32) {
        let end = byteCount
        precondition(end < Self.bytesMax, "a tuple has 32 bytes at most")
        withUnsafeMutableBytes(of: &words) { $0.storeBytes(of: word.bigEndian, toByteOffset: end, as: UInt32.self) }
        usedBytes += 4
    }

    /// The bytes as they lie in the registers, ``byteCount`` of them.
    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try Swift.withUnsafeBytes(of: words) { try body(UnsafeRawBufferPointer(rebasing: $0[..<byteCount])) }
    }

    /// The fields, in order.
    package var fields: [Datum] {
        withUnsafeBytes { bytes in
            var offset = 0
            var fields: [Datum] = []
            var rest = kinds
            while let kind = Kind(rawValue: rest & 0xf) {
                let field = Self.field(kind, bytes[offset...])
                offset += kind == .ipv6 ? 16 : 4
                rest >>= 4
                fields.append(field)
            }
            return fields
        }
    }

    private static func field(_ kind: Kind, _ bytes: Slice<UnsafeRawBufferPointer>) -> Datum {
        let word = { (index: Int) in
            bytes.dropFirst(index * 4).prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        switch kind {
        case .ipv4: return .address(IPAddress(ipv4: word(0)))
        case .ipv6:
            let high = UInt64(word(0)) << 32 | UInt64(word(1))
            return .address(IPAddress(ipv6High: high, low: UInt64(word(2)) << 32 | UInt64(word(3))))
        case .transportProtocol: return .transportProtocol(TransportProtocol(number: UInt8(word(0) >> 24)) ?? .tcp)
        case .port: return .port(UInt16(word(0) >> 16))
        case .number: return .number(word(0).byteSwapped)
        }
    }

    /// Two tuples are the same if their fields are.
    package static func == (lhs: Tuple, rhs: Tuple) -> Bool {
        lhs.kinds == rhs.kinds && lhs.words.0 == rhs.words.0 && lhs.words.1 == rhs.words.1
            && lhs.words.2 == rhs.words.2 && lhs.words.3 == rhs.words.3
    }

    /// Feeds the bytes to the hasher.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        if byteCount > 16 {
            hasher.combine(words.2)
            hasher.combine(words.3)
        }
    }
}

extension Tuple: Comparable {
    /// Field by field: addresses, ports and numbers by value, protocols by number.
    package static func < (lhs: Tuple, rhs: Tuple) -> Bool {
        lhs.kinds == rhs.kinds ? lhs.precedesAlike(rhs) : lhs.precedesByFields(rhs)
    }

    /// Whether it comes before a tuple of the same kinds of fields. A table has its elements sorted before it is printed:
    /// the registers are compared as they are, without taking fields apart.
    private func precedesAlike(_ other: Tuple) -> Bool {
        let pairs =
            [
                (words.0, other.words.0), (words.1, other.words.1), (words.2, other.words.2), (words.3, other.words.3),
            ] as InlineArray<4, _>
        for index in pairs.indices {
            let (left, right) = (UInt64(bigEndian: pairs[index].0), UInt64(bigEndian: pairs[index].1))
            if left == right { continue }
            let differsInHighHalf = left >> 32 != right >> 32
            // Numbers alone lie in host order.
            guard hasNumber(at: index * 8 + (differsInHighHalf ? 0 : 4)) else { return left < right }
            let shift: UInt64 = differsInHighHalf ? 32 : 0
            return UInt32(truncatingIfNeeded: left >> shift).byteSwapped
                < UInt32(truncatingIfNeeded: right >> shift).byteSwapped
        }
        return false
    }

    /// Whether the field at this byte is a number.
    private func hasNumber(at offset: Int) -> Bool {
        var start = 0
        var rest = kinds
        while let kind = Kind(rawValue: rest & 0xf) {
            if start == offset { return kind == .number }
            start += kind == .ipv6 ? 16 : 4
            rest >>= 4
        }
        return false
    }

    private func precedesByFields(_ other: Tuple) -> Bool {
        for (left, right) in zip(fields, other.fields) where left != right {
            switch (left, right) {
            case (.address(let left), .address(let right)): return left < right
            case (.transportProtocol(let left), .transportProtocol(let right)): return left.number < right.number
            case (.port(let left), .port(let right)): return left < right
            case (.number(let left), .number(let right)): return left < right
            default: return kinds < other.kinds
            }
        }
        return kinds < other.kinds
    }
}
