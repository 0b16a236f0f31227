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

    private var all: [Name] = []

    var isEmpty: Bool { all.isEmpty }

    mutating func insert(_ name: Name) { all.append(name) }

    mutating func remove(_ name: Name) { all.removeAll { $0 == name } }

    /// How many names of the longest an answer has room for.
    static let namesMax = RecordData.answerBytesMax / (RecordData.headerBytes + DNSName.bytesMax + 2)

    /// Those that are told, sorted. A cluster IP is nobody's else.
    var inForce: [Name] {
        if all.count < 2 { return all }
        let ofClusterIP = all.filter(\.host.isEmpty)
        return Array((ofClusterIP.isEmpty ? all : ofClusterIP).sorted().prefix(Self.namesMax))
    }
}
