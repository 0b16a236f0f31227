import ClusterModel
import NetworkValues

/// An endpoint of one Service port, after its slices were merged.
struct EndpointCandidate: Hashable {
    var address: SocketAddress
    var isReady: Bool
    var isServing: Bool
    var isTerminating: Bool
    var isLocal: Bool
    var zoneHints: [String]
    var nodeHints: [String]

    /// Serving and terminating: it may be used when nothing is ready (KEP-1669).
    var isDraining: Bool { isServing && isTerminating }

    /// Which of two endpoints with one address and port counts. A pod may have got the address of one that is still listed
    /// as terminating, in any slice and in any order.
    func isPreferred(to other: EndpointCandidate) -> Bool {
        if isTerminating != other.isTerminating { return other.isTerminating }
        if isReady != other.isReady { return isReady }
        if isServing != other.isServing { return isServing }
        if isLocal != other.isLocal { return isLocal }
        // Of no meaning, but the same in whatever order they are listed.
        if nodeHints != other.nodeHints { return nodeHints.lexicographicallyPrecedes(other.nodeHints) }
        return zoneHints.lexicographicallyPrecedes(other.zoneHints)
    }
}

/// The endpoints of one Service port that its frontends may use.
struct EndpointSelection: Hashable {
    /// For traffic policy Cluster.
    var cluster: [SocketAddress]
    /// For traffic policy Local.
    var local: [SocketAddress]
    /// Whether any endpoint anywhere could be used: without one a connection is refused, not dropped.
    var hasEndpoints: Bool

    /// Selects as kube-proxy's `CategorizeEndpoints` does (KEP-1669, KEP-2086, KEP-2433,
    /// KEP-3015).
    ///
    /// - Parameters:
    ///   - candidates: All endpoints of the port, sorted.
    ///   - view: This node.
    init(_ candidates: [EndpointCandidate], view: NodeView) {
        let ready = candidates.filter(\.isReady)
        let draining = candidates.filter { !$0.isReady && $0.isDraining }
        let near =
            Self.hinted(ready, for: view.name, \.nodeHints) ?? Self.hinted(ready, for: view.zone, \.zoneHints)
        let cluster = near ?? (ready.isEmpty ? draining : ready)
        let localReady = ready.filter(\.isLocal)
        let local = localReady.isEmpty ? draining.filter(\.isLocal) : localReady
        self.cluster = cluster.map(\.address)
        self.local = local.map(\.address)
        hasEndpoints = !ready.isEmpty || !draining.isEmpty
    }

    /// What happens to connections that may go to this list.
    func action(_ list: EndpointList) -> FrontendAction {
        let endpoints = list == .local ? local : cluster
        if !endpoints.isEmpty { return .balance(list) }
        return hasEndpoints ? .drop : .reject
    }

    /// The endpoints hinted for the node or its zone; nil if hints cannot be used: they must be on every ready endpoint, and
    /// one of them must name the node or zone.
    private static func hinted(
        _ ready: [EndpointCandidate], for place: String?, _ hints: KeyPath<EndpointCandidate, [String]>
    ) -> [EndpointCandidate]? {
        guard let place, !ready.contains(where: { $0[keyPath: hints].isEmpty }) else { return nil }
        let mine = ready.filter { $0[keyPath: hints].contains(place) }
        return mine.isEmpty ? nil : mine
    }
}

extension SocketAddress {
    /// Sorts addresses as kube-proxy does: by their printed form, compared as text, so that `10.0.0.10:80` comes before
    /// `10.0.0.2:80`. The order decides which probability and which slot an endpoint gets.
    static func sortedAsText<Value>(_ values: [Value], by address: (Value) -> SocketAddress) -> [Value] {
        if values.count < 2 { return values }
        let keyed = values.map { (key: TextKey(address($0)), value: $0) }
        return keyed.sorted { $0.key < $1.key }.map(\.value)
    }
}

/// The printed form of an endpoint as six big-endian words, which compare as the text does, without allocating a string
/// for each of tens of thousands of endpoints.
private struct TextKey: Comparable {
    private var words: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
    private var count = 0

    init(_ endpoint: SocketAddress) {
        if endpoint.address.family == .ipv4 {
            for shift in [24, 16, 8, 0] as [UInt64] {
                append(decimal: UInt32(endpoint.address.low >> shift & 0xff))
                append(shift == 0 ? UInt8(ascii: ":") : UInt8(ascii: "."))
            }
            append(decimal: UInt32(endpoint.port))
        } else {
            for byte in endpoint.description.utf8 { append(byte) }
        }
    }

    private mutating func append(decimal value: UInt32) {
        if value >= 10 { append(decimal: value / 10) }
        append(UInt8(ascii: "0") + UInt8(value % 10))
    }

    private mutating func append(_ byte: UInt8) {
        let index = count ^ 7  // The first byte is the highest of its little-endian word.
        withUnsafeMutableBytes(of: &words) { $0[index] = byte }
        count += 1
    }

    static func == (lhs: TextKey, rhs: TextKey) -> Bool {
        lhs.words.0 == rhs.words.0 && lhs.words.1 == rhs.words.1 && lhs.words.2 == rhs.words.2
            && lhs.words.3 == rhs.words.3 && lhs.words.4 == rhs.words.4 && lhs.words.5 == rhs.words.5
    }

    static func < (lhs: TextKey, rhs: TextKey) -> Bool {
        if lhs.words.0 != rhs.words.0 { return lhs.words.0 < rhs.words.0 }
        if lhs.words.1 != rhs.words.1 { return lhs.words.1 < rhs.words.1 }
        if lhs.words.2 != rhs.words.2 { return lhs.words.2 < rhs.words.2 }
        if lhs.words.3 != rhs.words.3 { return lhs.words.3 < rhs.words.3 }
        return lhs.words.4 != rhs.words.4 ? lhs.words.4 < rhs.words.4 : lhs.words.5 < rhs.words.5
    }
}
