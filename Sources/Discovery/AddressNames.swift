import ClusterModel
import NetworkValues

/// The names of one address, by the Services that give them.
struct AddressNames: Hashable, Sendable {
    /// One of the names.
    struct Name: Hashable, Sendable, Comparable {
        var service: NamespacedName
        /// What is in front of the Service's own name; empty for a cluster IP.
        var host: String

        static func < (lhs: Self, rhs: Self) -> Bool {
            lhs.service != rhs.service ? lhs.service < rhs.service : lhs.host < rhs.host
        }

        func name(_ domain: DNSName) -> DNSName {
            domain.below("\(service.name).\(service.namespace).svc").below(host)
        }
    }

    /// Nearly always there is one, for which nothing is allocated.
    private var first: Name?
    private var others: [Name] = []

    var isEmpty: Bool { first == nil }

    mutating func insert(_ name: Name) {
        if first == nil { first = name } else { others.append(name) }
    }

    mutating func remove(_ name: Name) {
        others.removeAll { $0 == name }
        if first == name { first = others.popLast() }
    }

    /// How many names of the longest an answer has room for.
    static let namesMax = RecordData.answerBytesMax / (RecordData.headerBytes + DNSName.bytesMax + 2)

    /// Those that are told, sorted. A cluster IP is nobody's else.
    var inForce: [Name] {
        guard let first else { return [] }
        if others.isEmpty { return [first] }
        let all = [first] + others
        let ofClusterIP = all.filter(\.host.isEmpty)
        return Array((ofClusterIP.isEmpty ? all : ofClusterIP).sorted().prefix(Self.namesMax))
    }
}
