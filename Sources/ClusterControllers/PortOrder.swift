import ClusterModel
import NetworkValues

extension [EndpointSlice.Port] {
    /// In the order in which the controllers write them: by a hash of what Go prints of each (`NewPortMapKey` of
    /// `k8s.io/endpointslice/util`, with the FNV-1a hash of 128 bits).
    var inWrittenOrder: [EndpointSlice.Port] {
        if count < 2 { return self }
        return map { ($0, FNV.hash128($0.goText.utf8)) }.sorted { $0.1 < $1.1 }.map(\.0)
    }
}

extension EndpointSlice.Port {
    fileprivate var goText: String {
        let number = port.map { "\($0)" } ?? "<nil>"
        return "(v1.EndpointPort){Name:(*string)\(name) Protocol:(*v1.Protocol)\(transportProtocol.rawValue) "
            + "Port:(*int32)\(number) AppProtocol:(*string)\(appProtocol ?? "<nil>")}"
    }
}

/// The hash function FNV-1a of Fowler, Noll and Vo.
enum FNV {
    static func hash128(_ bytes: some Sequence<UInt8>) -> UInt128 {
        var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
        for byte in bytes { hash = (hash ^ UInt128(byte)) &* 0x0000_0000_0100_0000_0000_0000_0000_013b }
        return hash
    }

    static func hash64(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return hash
    }
}
