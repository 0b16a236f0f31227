package import NetworkValues
package import NFTables

extension Rule {
    /// The rule as the kernel runs it, and as `nft` would lower the same text: `nft` puts the text together again from
    /// these instructions, and only knows its own.
    ///
    /// - Parameter family: that of the rule's table.
    package func instructions(in family: IPFamily) -> [Instruction] {
        statements.flatMap { $0.instructions(in: family) }
    }
}

extension Statement {
    /// The statement as the kernel runs it in a table of the given family.
    package func instructions(in family: IPFamily) -> [Instruction] {
        let first = Register(word: 0)
        switch self {
        case .matchSource(let prefix, let isNegated): return prefix.match(.source, isNegated ? .neq : .eq)
        case .matchDestination(let prefix, let isNegated): return prefix.match(.destination, isNegated ? .neq : .eq)
        case .matchLocal(let side):
            return [.fibType(side, dreg: first), .cmp(.eq, sreg: first, data: localAddressType.hostBytes)]
        case .matchInputInterface(let name, let isNegated):
            return [
                .meta(.iifname, dreg: first),
                .cmp(isNegated ? .neq : .eq, sreg: first, data: interfaceData(name)),
            ]
        case .matchProtocol(let value):
            return [.meta(.l4proto, dreg: first), .cmp(.eq, sreg: first, data: [value.number])]
        case .matchNewConnection: return matching(.ct(.state, dreg: first), bits: newConnectionBit)
        case .matchTranslatedDestination: return matching(.ct(.status, dreg: first), bits: destinationNATBit)
        case .matchMark(let bits): return matching(.meta(.mark, dreg: first), bits: bits)
        case .lookup(let key, let set): return loads(of: key) + [.lookup(set: set, sreg: first, dreg: nil)]
        case .verdictMap(let key, let map): return loads(of: key) + [.lookup(set: map, sreg: first, dreg: .verdict)]
        case .setMarkBits(let bits): return changingMark(mask: ~bits, xor: bits)
        case .flipMarkBits(let bits): return changingMark(mask: .max, xor: bits)
        case .masqueradeFullyRandom: return [.masq(flags: NF_NAT_RANGE_PROTO_RANDOM_FULLY)]
        case .dnat(let target):
            let address = Instruction.immediate(dreg: first, data: target.address.bytes)
            return [address] + natTo(target.address.family, fixedPort: target.port)
        case .dnatMap(let family, let key, let map):
            let lookup = Instruction.lookup(set: map, sreg: first, dreg: first)
            return loads(of: key) + [lookup, natTo(family, port: Register(word: family.addressBytes / 4))]
        case .dnatAddressMap(let family, let key, let map, let port):
            let lookup = Instruction.lookup(set: map, sreg: first, dreg: first)
            return loads(of: key) + [lookup] + natTo(family, fixedPort: port)
        case .updateMap(let map, let key, let timeout, let data):
            return updating(map, key, milliseconds: UInt64(timeout) * 1000, data: data)
        case .updateSet(let set, let key, let timeout):
            let update = Instruction.dynset(
                .update, set: set, key: first, data: nil, timeoutMilliseconds: UInt64(timeout) * 1000)
            return loads(of: key) + [update]
        case .reject: return [.reject(type: unreachable, code: family == .ipv4 ? 3 : 4)]
        case .rejectWithReset: return [.reject(type: tcpReset, code: nil)]
        case .verdict(let verdict): return [.immediateVerdict(verdict)]
        }
    }
}

/// `NF_CT_STATE_BIT(IP_CT_NEW)` of linux/netfilter/nf_conntrack_common.h.
private let newConnectionBit: UInt32 = 1 << 3
/// `IPS_DST_NAT` of linux/netfilter/nf_conntrack_common.h.
private let destinationNATBit: UInt32 = 1 << 5
/// `NFT_REJECT_ICMP_UNREACH`; the codes beside it are `ICMP_PORT_UNREACH` and `ICMPV6_PORT_UNREACH`.
private let unreachable: UInt32 = 0
/// `NFT_REJECT_TCP_RST`.
private let tcpReset: UInt32 = 1

/// `RTN_LOCAL` of linux/rtnetlink.h.
private let localAddressType: UInt32 = 2

/// The name in `IFNAMSIZ` bytes, or what the name begins with.
private func interfaceData(_ name: String) -> [UInt8] {
    if name.hasSuffix("*") { return Array(name.utf8.dropLast()) }
    return Array(name.utf8) + [UInt8](repeating: 0, count: 16 - name.utf8.count)
}

extension UInt32 {
    /// The bytes in host order, as `meta`, `ct` and `numgen` load their numbers.
    var hostBytes: [UInt8] { withUnsafeBytes(of: self) { Array($0) } }
}

/// Goes on if any of the bits is set in what `load` puts into the first register.
private func matching(_ load: Instruction, bits: UInt32) -> [Instruction] {
    let first = Register(word: 0)
    let zero = UInt32(0).hostBytes
    return [
        load, .bitwise(sreg: first, dreg: first, mask: bits.hostBytes, xor: zero),
        .cmp(.neq, sreg: first, data: zero),
    ]
}

private func changingMark(mask: UInt32, xor: UInt32) -> [Instruction] {
    let first = Register(word: 0)
    return [
        .meta(.mark, dreg: first),
        .bitwise(sreg: first, dreg: first, mask: mask.hostBytes, xor: xor.hostBytes),
        .metaSet(.mark, sreg: first),
    ]
}

/// Loads the fields of a key one after another, each from a new four-byte register on.
private func loads(of key: [Expression]) -> [Instruction] {
    var word = 0
    return key.map { expression in
        let instruction = expression.load(into: Register(word: word))
        word += expression.paddedLength / 4
        return instruction
    }
}

extension Expression {
    /// The instruction that loads the value into a register and those after it.
    func load(into dreg: Register) -> Instruction {
        switch self {
        case .sourceAddress(let family):
            .payload(.network, offset: family.sourceOffset, length: UInt32(family.addressBytes), dreg: dreg)
        case .destinationAddress(let family):
            .payload(
                .network, offset: family.sourceOffset + UInt32(family.addressBytes),
                length: UInt32(family.addressBytes), dreg: dreg)
        case .destinationPort: .payload(.transport, offset: 2, length: 2, dreg: dreg)
        case .transportProtocol: .meta(.l4proto, dreg: dreg)
        case .randomNumber(let modulus, let offset):
            .numgenRandom(dreg: dreg, modulus: modulus, offset: offset)
        }
    }
}

extension IPFamily {
    /// The offset of the source address in `struct iphdr` or `struct ipv6hdr`; the destination address follows it.
    var sourceOffset: UInt32 { self == .ipv4 ? 12 : 8 }

    /// `NFPROTO_IPV4` or `NFPROTO_IPV6`.
    var protocolFamily: UInt8 { self == .ipv4 ? 2 : 10 }
}

extension IPPrefix {
    /// Compares an address with the block: a block of whole bytes by loading only those, any other by masking.
    func match(_ side: AddressSide, _ comparison: Instruction.CmpOperator) -> [Instruction] {
        let first = Register(word: 0)
        let offset = family.sourceOffset + (side == .source ? 0 : UInt32(family.addressBytes))
        if length % 8 == 0 && length > 0 {
            let count = length / 8
            return [
                .payload(.network, offset: offset, length: UInt32(count), dreg: first),
                .cmp(comparison, sreg: first, data: Array(address.bytes.prefix(count))),
            ]
        }
        let mask = (0..<family.addressBytes).map { byte in
            UInt8(truncatingIfNeeded: 0xff00 >> min(max(length - byte * 8, 0), 8))
        }
        return [
            .payload(.network, offset: offset, length: UInt32(family.addressBytes), dreg: first),
            .bitwise(sreg: first, dreg: first, mask: mask, xor: mask.map { _ in 0 }),
            .cmp(comparison, sreg: first, data: address.bytes),
        ]
    }
}

/// Takes the address from the first register, and the port from the given one.
///
/// The kernel adds both flags itself when the registers are given (`nft_nat_init`).
private func natTo(_ family: IPFamily, port: Register) -> Instruction {
    .dnat(
        family: UInt32(family.protocolFamily), address: Register(word: 0), port: port,
        flags: NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED)
}

/// Takes the address from the first register, with this port.
private func natTo(_ family: IPFamily, fixedPort port: UInt16) -> [Instruction] {
    let register = Register(word: 4)
    return [.immediate(dreg: register, data: Datum.port(port).bytes), natTo(family, port: register)]
}

private func updating(_ map: String, _ key: [Expression], milliseconds: UInt64, data: Tuple) -> [Instruction] {
    // As in nft's get_register() (src/netlink_linearize.c), a single field takes 16 bytes, however short it is.
    let dataWord = key.count == 1 ? 4 : key.reduce(0) { $0 + $1.paddedLength / 4 }
    var word = dataWord
    let immediates = data.fields.map { field in
        let immediate = Instruction.immediate(dreg: Register(word: word), data: field.bytes)
        word += (field.bytes.count + 3) / 4
        return immediate
    }
    let update = Instruction.dynset(
        .update, set: map, key: Register(word: 0), data: Register(word: dataWord), timeoutMilliseconds: milliseconds)
    return loads(of: key) + immediates + [update]
}

extension Datum {
    /// The bytes of the value, without padding.
    fileprivate var bytes: [UInt8] {
        switch self {
        case .address(let address): address.bytes
        case .transportProtocol(let value): [value.number]
        case .port(let port): [UInt8(port >> 8), UInt8(truncatingIfNeeded: port)]
        case .number(let value): value.hostBytes
        }
    }
}
