package import NetworkValues
package import NFTables

/// One of the kernel's registers, by the number that netlink has for it.
///
/// There are sixteen of four bytes each. As `nft` does, and as the kernel lists them, the first of every four is named
/// by the number of the older 16-byte register that begins there (`nft_dump_register` in net/netfilter/nf_tables_api.c).
package struct Register: Hashable, Sendable {
    /// `NFT_REG_VERDICT`, `NFT_REG_1`..., `NFT_REG32_00`...
    package let number: UInt32

    /// The register of this number.
    package init(number: UInt32) { self.number = number }

    /// The register that begins at the given four-byte word, 0..<16.
    ///
    /// - Precondition: the word exists; no key and data together are longer.
    package init(word: Int) {
        precondition((0..<16).contains(word), "the kernel has 16 registers of four bytes")
        number = UInt32(word & 3 == 0 ? 1 + word / 4 : 8 + word)
    }

    /// `NFT_REG_VERDICT`.
    package static let verdict = Register(number: 0)
}

/// One expression of a rule, as the kernel runs it. The corresponding attribute is `NFTA_EXPR_NAME`.
///
/// Data are bytes as they lie in the registers.
package enum Instruction: Hashable, Sendable {
    /// `payload`: loads bytes of the packet.
    case payload(PayloadBase, offset: UInt32, length: UInt32, dreg: Register)
    /// `meta` that loads.
    case meta(MetaKey, dreg: Register)
    /// `meta` that stores.
    case metaSet(MetaKey, sreg: Register)
    /// `fib` with the result `NFT_FIB_RESULT_ADDRTYPE`: loads the type (`RTN_*`) of an address.
    case fibType(AddressSide, dreg: Register)
    /// `ct`: loads something of the connection.
    case ct(CTKey, dreg: Register)
    /// `cmp`: ends the rule unless it holds.
    case cmp(CmpOperator, sreg: Register, data: [UInt8])
    /// `bitwise`: `dreg = (sreg & mask) ^ xor`.
    case bitwise(sreg: Register, dreg: Register, mask: [UInt8], xor: [UInt8])
    /// `lookup`: ends the rule if the set has no such key, else loads its data, if it is a map.
    case lookup(set: String, sreg: Register, dreg: Register?)
    /// `numgen` of type `NFT_NG_RANDOM`.
    case numgenRandom(dreg: Register, modulus: UInt32, offset: UInt32)
    /// `immediate` that loads data.
    case immediate(dreg: Register, data: [UInt8])
    /// `immediate` that loads a verdict.
    case immediateVerdict(Verdict)
    /// `nat` of type `NFT_NAT_DNAT`; the flags are what the kernel lists, `NF_NAT_RANGE_MAP_IPS` included.
    case dnat(family: UInt32, address: Register, port: Register, flags: UInt32)
    /// `masq`.
    case masq(flags: UInt32)
    /// `reject`: a type of `enum nft_reject_types`, and an ICMP code if it is one of ICMP.
    case reject(type: UInt32, code: UInt8?)
    /// `dynset`: adds or updates an element.
    case dynset(DynsetOperation, set: String, key: Register, data: Register?, timeoutMilliseconds: UInt64)
    /// `counter`, whatever it has counted.
    case counter
    /// `match`: an extension of x_tables that looks at the packet.
    case match(String, revision: UInt32, CompatInfo)
    /// `target`: an extension of x_tables that does something with the packet.
    case target(String, revision: UInt32, CompatInfo)
    /// An expression that Switchyard does not make, or with attributes that it does not use.
    case unknown(String, [UInt8])

    /// `enum nft_payload_bases`.
    package enum PayloadBase: UInt32, Hashable, Sendable {
        case linkLayer = 0
        case network = 1
        case transport = 2
    }

    /// `enum nft_meta_keys`.
    package enum MetaKey: UInt32, Hashable, Sendable {
        case mark = 3
        case iifname = 6
        case l4proto = 16
    }

    /// `enum nft_ct_keys`.
    package enum CTKey: UInt32, Hashable, Sendable {
        case state = 0
        case status = 2
    }

    /// `enum nft_cmp_ops`.
    package enum CmpOperator: UInt32, Hashable, Sendable {
        case eq = 0
        case neq = 1
    }

    /// `enum nft_dynset_ops`.
    package enum DynsetOperation: UInt32, Hashable, Sendable {
        case add = 0
        case update = 1
        case delete = 2
    }
}
