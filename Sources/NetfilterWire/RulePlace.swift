import NetworkValues
import NFTables

extension ListedRule {
    /// What packets that match the rule are addressed to; nil if it does not ask for a protocol and a port.
    ///
    /// The tools take the protocol from the packet's metadata, or, since 1.8.11, from the header of IPv4.
    func place(in family: IPFamily) -> FlowPlace? {
        var loaded: Instruction?
        var transport: TransportProtocol?
        var address: IPAddress?
        var port: UInt16?
        for instruction in instructions {
            if case .match("sctp", _, let info) = instruction { port = info.firstNumber }
            guard case .cmp(.eq, _, let data) = instruction else {
                loaded = instruction
                continue
            }
            switch loaded {
            case .meta(.l4proto, _)?, .payload(.network, offset: 9, length: 1, _)?:
                transport = data.first.flatMap(TransportProtocol.init(number:))
            case .payload(.network, family.destinationOffset, _, _)? where data.count == family.addressBytes:
                address = IPAddress(bytes: data)
            case .payload(.transport, offset: 2, length: 2, _)? where data.count == 2:
                port = UInt16(data[0]) << 8 | UInt16(data[1])
            default: continue
            }
        }
        guard let transport, let port else { return nil }
        guard let address else { return .localPort(transport, family, port) }
        return .destination(FlowDestination(transport, SocketAddress(address, port)))
    }
}

extension IPFamily {
    /// The offset of the destination address in `struct iphdr` or `struct ipv6hdr`.
    fileprivate var destinationOffset: UInt32 { sourceOffset + UInt32(addressBytes) }
}

extension CompatInfo {
    /// `dpts[0]` of `struct xt_sctp_info`, in host order.
    fileprivate var firstNumber: UInt16? {
        bytes.count < 2 ? nil : bytes.withUnsafeBytes { $0.loadUnaligned(as: UInt16.self) }
    }
}
