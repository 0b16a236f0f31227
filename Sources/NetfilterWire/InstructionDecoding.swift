import NetworkValues
import NFTables

/// The attributes of one expression, each of which has to be used, or to have the value that does nothing: an attribute
/// that is not understood must not be overlooked.
private struct ExpressionAttributes {
    private var rest: [UInt16: Attribute] = [:]

    init(_ attribute: Attribute) throws(WireError) {
        var reader = attribute.nested
        while let attribute = try reader.next() { rest[attribute.type] = attribute }
    }

    var isEmpty: Bool { rest.isEmpty }

    mutating func take(_ type: UInt16) -> Attribute? { rest.removeValue(forKey: type) }

    mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(_ type: UInt16) throws(WireError) -> Number? {
        try take(type)?.number()
    }

    mutating func register(_ type: UInt16) throws(WireError) -> Register? {
        try number(type).map { Register(number: $0) }
    }

    /// The `NFTA_DATA_VALUE` in an attribute.
    mutating func value(_ type: UInt16) throws(WireError) -> [UInt8]? {
        try take(type)?.nested.first(NFTA_DATA_VALUE).map { Array($0.bytes) }
    }

    /// Drops an attribute if it has the value that is the same as none.
    mutating func drop(_ type: UInt16, if value: UInt32) throws(WireError) {
        if let number: UInt32 = try rest[type]?.number(), number == value { rest[type] = nil }
    }

    /// Drops an attribute of padding.
    mutating func dropPadding(_ type: UInt16) { rest[type] = nil }
}

extension Instruction {
    /// Reads an `NFTA_LIST_ELEM` of a rule's `NFTA_RULE_EXPRESSIONS`.
    ///
    /// - Throws: ``WireError`` if the bytes are not well formed; an expression that is well formed and not known is
    ///   ``unknown(_:_:)``.
    init(_ element: Attribute) throws(WireError) {
        guard let name = try element.nested.first(NFTA_EXPR_NAME)?.string else { throw .missing("NFTA_EXPR_NAME") }
        guard let data = try element.nested.first(NFTA_EXPR_DATA) else {
            self = .unknown(name, [])
            return
        }
        var attributes = try ExpressionAttributes(data)
        let known = try Self.known(name, &attributes)
        if let known, attributes.isEmpty { self = known } else { self = .unknown(name, Array(data.bytes)) }
    }

    private static func known(
        _ name: String, _ attributes: inout ExpressionAttributes
    ) throws(WireError) -> Instruction? {
        switch name {
        case "payload": try payload(&attributes)
        case "meta": try meta(&attributes)
        case "fib": try fib(&attributes)
        case "ct": try ct(&attributes)
        case "cmp": try cmp(&attributes)
        case "bitwise": try bitwise(&attributes)
        case "lookup": try lookup(&attributes)
        case "numgen": try numgen(&attributes)
        case "immediate": try immediate(&attributes)
        case "nat": try nat(&attributes)
        case "masq": try attributes.number(NFTA_MASQ_FLAGS).map { .masq(flags: $0) }
        case "reject": try reject(&attributes)
        case "dynset": try dynset(&attributes)
        case "counter": counter(&attributes)
        case "match": try compat(&attributes).map { .match($0.name, revision: $0.revision, $0.info) }
        case "target": try compat(&attributes).map { .target($0.name, revision: $0.revision, $0.info) }
        default: nil
        }
    }

    private static func payload(_ attributes: inout ExpressionAttributes) throws(WireError) -> Instruction? {
        guard let base = try attributes.number(NFTA_PAYLOAD_BASE).flatMap(PayloadBase.init(rawValue:)),
            let offset: UInt32 = try attributes.number(NFTA_PAYLOAD_OFFSET),
            let length: UInt32 = try attributes.number(NFTA_PAYLOAD_LEN),
            let dreg = try attributes.register(NFTA_PAYLOAD_DREG)
        else { return nil }
        return .payload(base, offset: offset, length: length, dreg: dreg)
    }

    private static func meta(_ attributes: inout ExpressionAttributes) throws(WireError) -> Instruction? {
        guard let key = try attributes.number(NFTA_META_KEY).flatMap(MetaKey.init(rawValue:)) else { return nil }
        if let dreg = try attributes.register(NFTA_META_DREG) { return .meta(key, dreg: dreg) }
        return try attributes.register(NFTA_META_SREG).map { .metaSet(key, sreg: $0) }
    }

    private static func fib(_ attributes: inout ExpressionAttributes) throws(WireError) -> Instruction? {
        try attributes.drop(NFTA_FIB_RESULT, if: NFT_FIB_RESULT_ADDRTYPE)
        let flags: UInt32? = try attributes.number(NFTA_FIB_FLAGS)
        guard let dreg = try attributes.register(NFTA_FIB_DREG) else { return nil }
        return switch flags {
        case NFTA_FIB_F_SADDR: .fibType(.source, dreg: dreg)
        case NFTA_FIB_F_DADDR: .fibType(.destination, dreg: dreg)
        default: nil
        }
    }

    private static func ct(_ attributes: inout ExpressionAttributes) throws(WireError) -> Instruction? {
        guard let key = try attributes.number(NFTA_CT_KEY).flatMap(CTKey.init(rawValue:)),
            let dreg = try attributes.register(NFTA_CT_DREG)
        else { return nil }
        return .ct(key, dreg: dreg)
    }

    private static func cmp(_ attributes: inout ExpressionAttributes) throws(WireError) -> Instruction? {
        guard let comparison = try attributes.number(NFTA_CMP_OP).flatMap(CmpOperator.init(rawValue:)),
            let sreg = try attributes.register(NFTA_CMP_SREG), let data = try attributes.value(NFTA_CMP_DATA)
        else { return nil }
        return .cmp(comparison, sreg: sreg, data: data)
    }

    private static func bitwise(_ attributes: inout ExpressionAttributes) throws(WireError) -> Instruction? {
        try attributes.drop(NFTA_BITWISE_OP, if: NFT_BITWISE_MASK_XOR)
        guard let sreg = try attributes.register(NFTA_BITWISE_SREG),
            let dreg = try attributes.register(NFTA_BITWISE_DREG),
            let mask = try attributes.value(NFTA_BITWISE_MASK), let xor = try attributes.value(NFTA_BITWISE_XOR),
            let length: UInt32 = try attributes.number(NFTA_BITWISE_LEN), length == mask.count, length == xor.count
        else { return nil }
        return .bitwise(sreg: sreg, dreg: dreg, mask: mask, xor: xor)
    }

    private static func lookup(_ attributes: inout ExpressionAttributes) throws(WireError) -> Instruction? {
        try attributes.drop(NFTA_LOOKUP_FLAGS, if: 0)
        guard let set = attributes.take(NFTA_LOOKUP_SET)?.string,
            let sreg = try attributes.register(NFTA_LOOKUP_SREG)
        else { return nil }
        _ = attributes.take(NFTA_LOOKUP_SET_ID)
        return .lookup(set: set, sreg: sreg, dreg: try attributes.register(NFTA_LOOKUP_DREG))
    }

    private static func numgen(_ attributes: inout ExpressionAttributes) throws(WireError) -> Instruction? {
        try attributes.drop(NFTA_NG_TYPE, if: randomNumberType)
        guard let dreg = try attributes.register(NFTA_NG_DREG),
            let modulus: UInt32 = try attributes.number(NFTA_NG_MODULUS),
            let offset: UInt32 = try attributes.number(NFTA_NG_OFFSET)
        else { return nil }
        return .numgenRandom(dreg: dreg, modulus: modulus, offset: offset)
    }

    private static func immediate(_ attributes: inout ExpressionAttributes) throws(WireError) -> Instruction? {
        guard let dreg = try attributes.register(NFTA_IMMEDIATE_DREG),
            let data = attributes.take(NFTA_IMMEDIATE_DATA)
        else { return nil }
        if dreg == .verdict, let verdict = try data.nested.first(NFTA_DATA_VERDICT) {
            return try Verdict(verdict).map { .immediateVerdict($0) }
        }
        return try data.nested.first(NFTA_DATA_VALUE).map { .immediate(dreg: dreg, data: Array($0.bytes)) }
    }

    /// The kernel lists the upper ends of ranges too, which are the lower ones if there is no range.
    private static func nat(_ attributes: inout ExpressionAttributes) throws(WireError) -> Instruction? {
        try attributes.drop(NFTA_NAT_TYPE, if: destinationNATType)
        guard let family: UInt32 = try attributes.number(NFTA_NAT_FAMILY),
            let address = try attributes.register(NFTA_NAT_REG_ADDR_MIN),
            let port = try attributes.register(NFTA_NAT_REG_PROTO_MIN)
        else { return nil }
        try attributes.drop(NFTA_NAT_REG_ADDR_MAX, if: address.number)
        try attributes.drop(NFTA_NAT_REG_PROTO_MAX, if: port.number)
        let flags: UInt32 = try attributes.number(NFTA_NAT_FLAGS) ?? 0
        return .dnat(family: family, address: address, port: port, flags: flags)
    }

    private static func reject(_ attributes: inout ExpressionAttributes) throws(WireError) -> Instruction? {
        guard let type: UInt32 = try attributes.number(NFTA_REJECT_TYPE) else { return nil }
        return .reject(type: type, code: try attributes.number(NFTA_REJECT_ICMP_CODE))
    }

    private static func dynset(_ attributes: inout ExpressionAttributes) throws(WireError) -> Instruction? {
        try attributes.drop(NFTA_DYNSET_FLAGS, if: 0)
        attributes.dropPadding(NFTA_DYNSET_PAD)
        guard let set = attributes.take(NFTA_DYNSET_SET_NAME)?.string,
            let operation = try attributes.number(NFTA_DYNSET_OP).flatMap(DynsetOperation.init(rawValue:)),
            let key = try attributes.register(NFTA_DYNSET_SREG_KEY)
        else { return nil }
        _ = attributes.take(NFTA_DYNSET_SET_ID)
        let data = try attributes.register(NFTA_DYNSET_SREG_DATA)
        let timeout: UInt64 = try attributes.number(NFTA_DYNSET_TIMEOUT) ?? 0
        return .dynset(operation, set: set, key: key, data: data, timeoutMilliseconds: timeout)
    }

    private static func counter(_ attributes: inout ExpressionAttributes) -> Instruction {
        for type in [NFTA_COUNTER_BYTES, NFTA_COUNTER_PACKETS, NFTA_COUNTER_PAD] { _ = attributes.take(type) }
        return .counter
    }

    private static func compat(
        _ attributes: inout ExpressionAttributes
    ) throws(WireError) -> (name: String, revision: UInt32, info: CompatInfo)? {
        guard let name = attributes.take(NFTA_MATCH_NAME)?.string,
            let revision: UInt32 = try attributes.number(NFTA_MATCH_REV),
            let info = attributes.take(NFTA_MATCH_INFO)
        else { return nil }
        return (name, revision, CompatInfo(listed: info.bytes))
    }
}
