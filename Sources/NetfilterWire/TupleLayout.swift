import NetworkValues
import NFTables

/// How the bytes of a key or of data are divided into fields.
struct TupleLayout {
    private let fields: [Expression]
    private let byteCount: Int

    /// The layout of a key or data that are declared by these expressions.
    init(_ fields: [Expression]) {
        self.fields = fields
        byteCount = fields.count == 1 ? fields[0].length : fields.reduce(0) { $0 + $1.paddedLength }
    }

    /// The layout that a set's key or data type says; nil if a field is of a type that Switchyard does not use.
    ///
    /// An expression stands for its type here.
    init?(dataType: UInt32) {
        var fields: [Expression] = []
        var rest = dataType
        while rest != 0 {
            guard let field = Expression(dataType: rest & 0x3f) else { return nil }
            fields.insert(field, at: 0)
            rest >>= 6
        }
        if fields.isEmpty { return nil }
        self.init(fields)
    }

    /// The fields in these bytes; nil if they are none that a declaration of this layout can hold.
    func tuple(_ bytes: UnsafeRawBufferPointer) -> Tuple? {
        guard bytes.count == byteCount, bytes.count <= Tuple.bytesMax else { return nil }
        var tuple = Tuple()
        var offset = 0
        for field in fields {
            guard let datum = field.datum(bytes, at: offset) else { return nil }
            tuple.append(datum)
            offset += field.paddedLength
        }
        return tuple
    }
}

extension Expression {
    /// The value at an offset that ``TupleLayout`` has checked.
    fileprivate func datum(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Datum? {
        switch self {
        case .sourceAddress(.ipv4), .destinationAddress(.ipv4):
            let bits = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            return .address(IPAddress(ipv4: bits))
        case .sourceAddress(.ipv6), .destinationAddress(.ipv6):
            let high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            let low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
            let address = IPAddress(ipv6High: high, low: low)
            // A mapped address would become an IPv4 one, and the bytes would be lost.
            return address.family == .ipv6 ? .address(address) : nil
        case .destinationPort:
            return .port(UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
        case .transportProtocol: return TransportProtocol(number: bytes[offset]).map { .transportProtocol($0) }
        case .randomNumber: return .number(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
    }
}
