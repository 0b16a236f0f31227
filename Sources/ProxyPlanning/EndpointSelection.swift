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

/// Why an endpoint gets no new connections.
package enum EndpointExclusion: String, Hashable, Sendable, CustomStringConvertible {
    /// It is not ready, nor is it serving while it terminates.
    case notReady = "is not ready"
    /// It is terminating, and there are others that are ready.
    case terminating = "is terminating, and others are ready"
    /// The hints of all ready endpoints are heeded, and its own do not name this node.
    case hintedForOtherNodes = "is hinted for other nodes"
    /// The hints of all ready endpoints are heeded, and its own do not name this node's zone.
    case hintedForOtherZones = "is hinted for other zones"
    /// Its address is a Service's cluster IP.
    case clusterIP = "has an address that is a Service's cluster IP"
    /// It is not on this node, and the traffic policy is Local.
    case onOtherNode = "is on another node, and the traffic policy is Local"

    /// `is not ready`.
    package var description: String { rawValue }
}

/// Which endpoints of one Service port its frontends may use.
///
/// As kube-proxy's `CategorizeEndpoints` does it (KEP-1669, KEP-2086, KEP-2433, KEP-3015).
struct EndpointSelection {
    private enum Hints {
        case node(String)
        case zone(String)
    }

    private let hints: Hints?
    private let hasReady: Bool
    private let hasLocalReady: Bool
    /// Whether any endpoint anywhere could be used: without one a connection is refused, not dropped.
    let hasEndpoints: Bool
    private let candidates: [EndpointCandidate]

    /// - Parameters:
    ///   - candidates: All endpoints of the port, sorted.
    ///   - view: This node.
    init(_ candidates: [EndpointCandidate], view: NodeView) {
        self.candidates = candidates
        hasReady = candidates.contains(where: \.isReady)
        hasLocalReady = candidates.contains { $0.isReady && $0.isLocal }
        hasEndpoints = hasReady || candidates.contains(where: \.isDraining)
        hints =
            if Self.areHinted(candidates, for: view.name, { $0.nodeHints }) {
                .node(view.name)
            } else if let zone = view.zone, Self.areHinted(candidates, for: zone, { $0.zoneHints }) {
                .zone(zone)
            } else {
                nil
            }
    }

    /// Whether hints can be used: they must be on every ready endpoint, and one of them must name the node or zone.
    private static func areHinted(
        _ candidates: [EndpointCandidate], for place: String, _ hints: (EndpointCandidate) -> [String]
    ) -> Bool {
        var isNamed = false
        for candidate in candidates where candidate.isReady {
            let own = hints(candidate)
            if own.isEmpty { return false }
            isNamed = isNamed || own.contains(place)
        }
        return isNamed
    }

    /// The endpoints that connections to this list may go to.
    func endpoints(_ list: EndpointList) -> [SocketAddress] {
        candidates.lazy.filter { exclusion(of: $0, from: list) == nil }.map(\.address)
    }

    /// Why an endpoint is not on a list; nil if it is.
    func exclusion(of candidate: EndpointCandidate, from list: EndpointList) -> EndpointExclusion? {
        if !candidate.isReady && !candidate.isDraining { return .notReady }
        switch list {
        case .local:
            if !candidate.isLocal { return .onOtherNode }
            return hasLocalReady && !candidate.isReady ? .terminating : nil
        case .cluster:
            if hasReady && !candidate.isReady { return .terminating }
            switch hints {
            case .node(let name)?: return candidate.nodeHints.contains(name) ? nil : .hintedForOtherNodes
            case .zone(let zone)?: return candidate.zoneHints.contains(zone) ? nil : .hintedForOtherZones
            case nil: return nil
            }
        }
    }

    /// What happens to connections that may go to this list.
    func action(_ list: EndpointList) -> FrontendAction {
        if candidates.contains(where: { exclusion(of: $0, from: list) == nil }) { return .balance(list) }
        return hasEndpoints ? .drop : .reject
    }
}

extension SocketAddress {
    /// Sorts addresses as kube-proxy does: by their printed form, compared as text, so that `10.0.0.10:80` comes before
    /// `10.0.0.2:80`. The order decides which probability and which slot an endpoint gets.
    static func sortedAsText<Value>(_ values: [Value], by address: (Value) -> SocketAddress) -> [Value] {
        if values.count < 2 { return values }
        let keyed = values.indices.map { (key: TextKey(address(values[$0])), index: $0) }
        return keyed.sorted { $0.key < $1.key }.map { values[$0.index] }
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
