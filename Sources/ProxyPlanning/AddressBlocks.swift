import ClusterModel
import NetworkValues

/// In which blocks of addresses there may be some: /16 of IPv4 and /64 of IPv6, of which a cluster has a few.
///
/// It tells without a look at every endpoint that there is none at an address, as a cluster IP has it, since Pods and
/// Services get theirs out of different blocks. Addresses that are gone are not taken out; a search for all makes it anew.
struct AddressBlocks: Sendable {
    private struct Block: Hashable {
        let family: IPFamily
        let prefix: UInt64

        init(_ address: IPAddress) {
            family = address.family
            prefix = address.family == .ipv4 ? address.low >> 16 : address.high
        }
    }

    /// Looked through one after another: there are a few.
    private var blocks: [Block] = []
    /// The same, once there are many.
    private var index: Set<Block> = []
    private static let fewMax = 8

    /// There are none.
    init() {}

    /// There are the endpoints of these Services.
    init(of services: some Sequence<NamespacedName>, in snapshot: ClusterSnapshot) {
        for name in services {
            for slice in snapshot.slices(of: name) { insert(slice.endpoints.lazy.map(\.address)) }
        }
    }

    /// There are those of the other, too.
    mutating func formUnion(_ other: AddressBlocks) {
        for block in other.blocks { insert(block) }
    }

    /// There are these addresses.
    mutating func insert(_ addresses: some Sequence<IPAddress>) {
        var last: Block?
        for address in addresses {
            let block = Block(address)
            if block == last { continue }
            insert(block)
            last = block
        }
    }

    private mutating func insert(_ block: Block) {
        if has(block) { return }
        blocks.append(block)
        if blocks.count > Self.fewMax { index.formUnion(index.isEmpty ? blocks : [block]) }
    }

    private func has(_ block: Block) -> Bool {
        blocks.count > Self.fewMax ? index.contains(block) : blocks.contains(block)
    }

    /// Whether one of them may be this.
    func mayHave(_ address: IPAddress) -> Bool { has(Block(address)) }
}
