import NetworkValues
package import NFTables

/// How nftables types a field of a key. The numbers are userspace's own (`enum datatypes` in nft's include/datatype.h);
/// the kernel only keeps them.
extension Expression {
    /// The bytes of the value.
    var length: Int {
        switch self {
        case .sourceAddress(let family), .destinationAddress(let family): family.addressBytes
        case .destinationPort: 2
        case .transportProtocol: 1
        case .randomNumber: 4
        }
    }

    /// The bytes of the registers that it takes.
    var paddedLength: Int { (length + 3) & ~3 }

    /// `TYPE_IPADDR`, `TYPE_IP6ADDR`, `TYPE_INET_SERVICE`, `TYPE_INET_PROTOCOL`, `TYPE_INTEGER`.
    fileprivate var dataType: UInt32 {
        switch self {
        case .sourceAddress(.ipv4), .destinationAddress(.ipv4): 7
        case .sourceAddress(.ipv6), .destinationAddress(.ipv6): 8
        case .destinationPort: 13
        case .transportProtocol: 12
        case .randomNumber: 4
        }
    }

    /// An expression of the given type.
    init?(dataType: UInt32) {
        let all: [Expression] = [
            .sourceAddress(.ipv4), .sourceAddress(.ipv6), .transportProtocol, .destinationPort,
            .randomNumber(modulus: 1),
        ]
        guard let match = all.first(where: { $0.dataType == dataType }) else { return nil }
        self = match
    }

    /// `BYTEORDER_HOST_ENDIAN` or `BYTEORDER_BIG_ENDIAN` of the value when it stands alone.
    fileprivate var byteOrder: UInt32 {
        switch self {
        case .sourceAddress, .destinationAddress, .destinationPort: 2
        case .transportProtocol, .randomNumber: 1
        }
    }
}

/// What the kernel knows of a named set; the counterpart of ``SetDeclaration`` at the wire.
package struct SetAttributes: Hashable, Sendable {
    /// `NFTA_SET_FLAGS`.
    package var flags: UInt32 = 0
    /// `NFTA_SET_KEY_TYPE`: for several fields six bits each (`TYPE_BITS`), the last one lowest.
    package var keyType: UInt32 = 0
    /// `NFTA_SET_KEY_LEN`.
    package var keyLength: UInt32 = 0
    /// `NFTA_SET_DATA_TYPE`; nil for a set.
    package var dataType: UInt32?
    /// `NFTA_SET_DATA_LEN`; nil for a set, 0 for verdicts, whatever their size in the kernel.
    package var dataLength: UInt32?
    /// `NFTA_SET_DESC_SIZE`.
    package var size: UInt32?
    /// `NFTA_SET_USERDATA`: what `typeof` said, and the comment.
    package var userData: [UInt8] = []

    /// No set.
    init() {}

    /// The attributes that `nft` gives to a set of this declaration.
    package init(_ declaration: SetDeclaration) {
        let key = declaration.key
        flags = declaration.isDynamic ? NFT_SET_EVAL | NFT_SET_TIMEOUT : 0
        keyType = Self.type(of: key)
        keyLength = Self.length(of: key)
        switch declaration.contents {
        case .keysOnly: break
        case .verdicts:
            flags |= NFT_SET_MAP
            dataType = NFT_DATA_VERDICT
            dataLength = 0
        case .values(let values):
            flags |= NFT_SET_MAP
            dataType = Self.type(of: values)
            dataLength = Self.length(of: values)
        }
        size = declaration.size
        userData = UserData.set(declaration)
    }

    private static func type(of expressions: [Expression]) -> UInt32 {
        expressions.reduce(0) { $0 << 6 | $1.dataType }
    }

    /// A single field has its own length, several are padded.
    private static func length(of expressions: [Expression]) -> UInt32 {
        UInt32(expressions.count == 1 ? expressions[0].length : expressions.reduce(0) { $0 + $1.paddedLength })
    }
}

/// What `nft` keeps in objects for itself: one byte of type, one of length, then the value (include/libnftnl/udata.h).
enum UserData {
    /// `NFTNL_UDATA_TABLE_COMMENT`, `NFTNL_UDATA_RULE_COMMENT` and `NFTNL_UDATA_SET_ELEM_COMMENT`.
    static let commentType: UInt8 = 0

    /// The user data of a table, rule or element with a comment.
    static func comment(_ text: String) -> [UInt8] { field(commentType, string: text) }

    /// The comment in the user data of a table, rule or element, if there is one and nothing else.
    static func comment(in bytes: UnsafeRawBufferPointer) -> String? {
        guard bytes.count >= 3, bytes[0] == commentType, Int(bytes[1]) == bytes.count - 2, bytes.last == 0 else {
            return nil
        }
        return String(decoding: UnsafeRawBufferPointer(rebasing: bytes[2..<bytes.count - 1]), as: UTF8.self)
    }

    /// The user data of a set: `enum nftnl_udata_set_types`, in `nft`'s order (`mnl_nft_set_add` in its src/mnl.c).
    static func set(_ declaration: SetDeclaration) -> [UInt8] {
        var bytes = field(0, number: byteOrder(declaration.key))
        switch declaration.contents {
        case .keysOnly: bytes += field(3, typeof(declaration.key))
        case .verdicts:
            let verdict = field(0, number: 1) + field(1, [])
            bytes += field(1, number: 0) + field(3, typeof(declaration.key)) + field(4, verdict) + field(6, number: 0)
        case .values(let values):
            bytes += field(1, number: byteOrder(values)) + field(3, typeof(declaration.key))
            bytes += field(4, typeof(values)) + field(6, number: 0)
        }
        if let comment = declaration.comment { bytes += field(7, string: comment) }
        return bytes
    }

    private static func byteOrder(_ expressions: [Expression]) -> UInt32 {
        expressions.count == 1 ? expressions[0].byteOrder : 0
    }

    /// `NFTNL_UDATA_SET_TYPEOF_EXPR` and `NFTNL_UDATA_SET_TYPEOF_DATA`: `enum expr_types`, and what belongs to it.
    private static func typeof(_ expressions: [Expression]) -> [UInt8] {
        if expressions.count == 1 { return typeof(expressions[0]) }
        let parts = expressions.enumerated().flatMap { field(UInt8($0), typeof($1)) }
        return field(0, number: 13) + field(1, parts)
    }

    private static func typeof(_ expression: Expression) -> [UInt8] {
        switch expression {
        case .sourceAddress(.ipv4): payload(header: 12, field: 11)
        case .destinationAddress(.ipv4): payload(header: 12, field: 12)
        case .sourceAddress(.ipv6): payload(header: 13, field: 8)
        case .destinationAddress(.ipv6): payload(header: 13, field: 9)
        case .destinationPort: payload(header: 11, field: 2)
        case .transportProtocol: field(0, number: 9) + field(1, field(0, number: 16))
        case .randomNumber(let modulus, _):
            field(0, number: 23) + field(1, field(0, number: 1) + field(1, number: modulus) + field(2, number: 0))
        }
    }

    /// `EXPR_PAYLOAD`: `enum proto_desc_id` and the field's index in that protocol's templates.
    private static func payload(header: UInt32, field index: UInt32) -> [UInt8] {
        field(0, number: 7) + field(1, field(0, number: header) + field(1, number: index))
    }

    /// Numbers are in host order.
    private static func field(_ type: UInt8, number: UInt32) -> [UInt8] {
        field(type, withUnsafeBytes(of: number) { Array($0) })
    }

    private static func field(_ type: UInt8, string: String) -> [UInt8] { field(type, Array(string.utf8) + [0]) }

    /// - Precondition: at most 255 bytes; comments have 128 at most.
    private static func field(_ type: UInt8, _ value: [UInt8]) -> [UInt8] {
        guard let length = UInt8(exactly: value.count) else { preconditionFailure("\(value.count) bytes of user data") }
        return [type, length] + value
    }
}
