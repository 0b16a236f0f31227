import NetworkValues
import NFTables

extension Instruction {
    /// The name of the expression, as `NFTA_EXPR_NAME` has it.
    package var name: String {
        switch self {
        case .payload: "payload"
        case .meta, .metaSet: "meta"
        case .fibType: "fib"
        case .ct: "ct"
        case .cmp: "cmp"
        case .bitwise: "bitwise"
        case .lookup: "lookup"
        case .numgenRandom: "numgen"
        case .immediate, .immediateVerdict: "immediate"
        case .dnat: "nat"
        case .masq: "masq"
        case .reject: "reject"
        case .dynset: "dynset"
        case .counter: "counter"
        case .match: "match"
        case .target: "target"
        case .unknown(let name, _): name
        }
    }
}

extension MessageWriter {
    /// An expression of a rule, attribute by attribute in the order in which `nft` sends them.
    ///
    /// - Parameter setID: the `NFTA_SET_ID` of a set that is made in the same batch.
    mutating func element(_ instruction: Instruction, setID: (String) -> UInt32?) {
        nested(NFTA_LIST_ELEM) { writer in
            writer.attribute(NFTA_EXPR_NAME, string: instruction.name)
            writer.nested(NFTA_EXPR_DATA) { $0.data(of: instruction, setID: setID) }
        }
    }

    private mutating func data(of instruction: Instruction, setID: (String) -> UInt32?) {
        switch instruction {
        case .payload(let base, let offset, let length, let dreg):
            attribute(NFTA_PAYLOAD_DREG, number: dreg.number)
            attribute(NFTA_PAYLOAD_BASE, number: base.rawValue)
            attribute(NFTA_PAYLOAD_OFFSET, number: offset)
            attribute(NFTA_PAYLOAD_LEN, number: length)
        case .meta(let key, let dreg):
            attribute(NFTA_META_KEY, number: key.rawValue)
            attribute(NFTA_META_DREG, number: dreg.number)
        case .metaSet(let key, let sreg):
            attribute(NFTA_META_KEY, number: key.rawValue)
            attribute(NFTA_META_SREG, number: sreg.number)
        case .fibType(let side, let dreg):
            attribute(NFTA_FIB_DREG, number: dreg.number)
            attribute(NFTA_FIB_RESULT, number: NFT_FIB_RESULT_ADDRTYPE)
            attribute(NFTA_FIB_FLAGS, number: side == .source ? NFTA_FIB_F_SADDR : NFTA_FIB_F_DADDR)
        case .ct(let key, let dreg):
            attribute(NFTA_CT_KEY, number: key.rawValue)
            attribute(NFTA_CT_DREG, number: dreg.number)
        case .cmp(let comparison, let sreg, let data):
            attribute(NFTA_CMP_SREG, number: sreg.number)
            attribute(NFTA_CMP_OP, number: comparison.rawValue)
            nested(NFTA_CMP_DATA) { $0.attribute(NFTA_DATA_VALUE, bytes: data) }
        case .bitwise(let sreg, let dreg, let mask, let xor): bitwise(sreg, dreg, mask, xor)
        case .lookup(let set, let sreg, let dreg):
            attribute(NFTA_LOOKUP_SREG, number: sreg.number)
            if let dreg { attribute(NFTA_LOOKUP_DREG, number: dreg.number) }
            attribute(NFTA_LOOKUP_SET, string: set)
            if let id = setID(set) { attribute(NFTA_LOOKUP_SET_ID, number: id) }
        case .numgenRandom(let dreg, let modulus, let offset):
            attribute(NFTA_NG_DREG, number: dreg.number)
            attribute(NFTA_NG_MODULUS, number: modulus)
            attribute(NFTA_NG_TYPE, number: randomNumberType)
            attribute(NFTA_NG_OFFSET, number: offset)
        case .immediate(let dreg, let data):
            attribute(NFTA_IMMEDIATE_DREG, number: dreg.number)
            nested(NFTA_IMMEDIATE_DATA) { $0.attribute(NFTA_DATA_VALUE, bytes: data) }
        case .immediateVerdict(let verdict):
            attribute(NFTA_IMMEDIATE_DREG, number: Register.verdict.number)
            nested(NFTA_IMMEDIATE_DATA) { $0.verdict(verdict) }
        case .dnat(let family, let address, let port, let flags): destinationNAT(family, address, port, flags)
        case .masq(let flags): attribute(NFTA_MASQ_FLAGS, number: flags)
        case .reject(let type, let code):
            attribute(NFTA_REJECT_TYPE, number: type)
            if let code { attribute(NFTA_REJECT_ICMP_CODE, number: code) }
        case .dynset(let operation, let set, let key, let data, let timeout):
            attribute(NFTA_DYNSET_SREG_KEY, number: key.number)
            if let data { attribute(NFTA_DYNSET_SREG_DATA, number: data.number) }
            attribute(NFTA_DYNSET_OP, number: operation.rawValue)
            attribute(NFTA_DYNSET_TIMEOUT, number: timeout)
            attribute(NFTA_DYNSET_SET_NAME, string: set)
            if let id = setID(set) { attribute(NFTA_DYNSET_SET_ID, number: id) }
        case .counter:
            attribute(NFTA_COUNTER_BYTES, number: UInt64(0))
            attribute(NFTA_COUNTER_PACKETS, number: UInt64(0))
        case .match(let name, let revision, let info), .target(let name, let revision, let info):
            // NFTA_MATCH_NAME and NFTA_TARGET_NAME and so on are the same numbers.
            attribute(NFTA_MATCH_NAME, string: name)
            attribute(NFTA_MATCH_REV, number: revision)
            attribute(NFTA_MATCH_INFO) { $0.structure(info) }
        case .unknown(_, let bytes): bytes.withUnsafeBytes { append(contentsOf: $0) }
        }
    }

    private mutating func bitwise(_ sreg: Register, _ dreg: Register, _ mask: [UInt8], _ xor: [UInt8]) {
        attribute(NFTA_BITWISE_SREG, number: sreg.number)
        attribute(NFTA_BITWISE_DREG, number: dreg.number)
        attribute(NFTA_BITWISE_OP, number: NFT_BITWISE_MASK_XOR)
        attribute(NFTA_BITWISE_LEN, number: UInt32(mask.count))
        nested(NFTA_BITWISE_MASK) { $0.attribute(NFTA_DATA_VALUE, bytes: mask) }
        nested(NFTA_BITWISE_XOR) { $0.attribute(NFTA_DATA_VALUE, bytes: xor) }
    }

    private mutating func destinationNAT(_ family: UInt32, _ address: Register, _ port: Register, _ flags: UInt32) {
        attribute(NFTA_NAT_TYPE, number: destinationNATType)
        attribute(NFTA_NAT_FAMILY, number: family)
        attribute(NFTA_NAT_REG_ADDR_MIN, number: address.number)
        attribute(NFTA_NAT_REG_PROTO_MIN, number: port.number)
        attribute(NFTA_NAT_FLAGS, number: flags)
    }

    private mutating func structure(_ info: CompatInfo) {
        info.bytes.withUnsafeBytes { append(contentsOf: $0) }
        appendZeros(info.size - info.bytes.count)
    }

    /// `NFTA_DATA_VERDICT`, of a rule or of an element.
    mutating func verdict(_ verdict: Verdict) {
        nested(NFTA_DATA_VERDICT) { writer in
            writer.attribute(NFTA_VERDICT_CODE, number: verdict.code)
            if let chain = verdict.chain { writer.attribute(NFTA_VERDICT_CHAIN, string: chain) }
        }
    }
}

/// `NFT_NG_RANDOM` of `enum nft_ng_types`.
let randomNumberType: UInt32 = 1
/// `NFT_NAT_DNAT` of `enum nft_nat_types`.
let destinationNATType: UInt32 = 1

extension Verdict {
    fileprivate var code: Int32 {
        switch self {
        case .accept: NF_ACCEPT
        case .drop: NF_DROP
        case .return: NFT_RETURN
        case .jump: NFT_JUMP
        case .goto: NFT_GOTO
        }
    }

    /// The verdict in an `NFTA_DATA_VERDICT` attribute; nil for one that Switchyard does not make.
    init?(_ attribute: Attribute) throws(WireError) {
        guard let code = try attribute.nested.first(NFTA_VERDICT_CODE)?.number(Int32.self) else { return nil }
        let chain = try attribute.nested.first(NFTA_VERDICT_CHAIN)?.string
        switch (code, chain) {
        case (NF_ACCEPT, nil): self = .accept
        case (NF_DROP, nil): self = .drop
        case (NFT_RETURN, nil): self = .return
        case (NFT_JUMP, let chain?): self = .jump(chain)
        case (NFT_GOTO, let chain?): self = .goto(chain)
        default: return nil
        }
    }
}
