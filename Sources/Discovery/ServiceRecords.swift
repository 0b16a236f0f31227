package import ClusterModel
import NetworkValues

/// What one Service has in DNS: records at and below its own name, `SERVICE.NAMESPACE.svc.ZONE`, and names of addresses.
package struct ServiceRecords: Hashable, Sendable {
    /// What a record of the Service says; names are what is in front of the Service's own.
    enum Data: Hashable, Sendable {
        case address(IPAddress)
        case alias(DNSName)
        case service(port: UInt16, host: String)
    }

    /// All records of one name and type.
    struct RelativeSet: Hashable, Sendable {
        /// What is in front of the Service's own name; empty for that itself.
        var prefix: String
        var type: RecordType
        var data: [Data]
    }

    /// The name of an address.
    struct Pointer: Hashable, Sendable {
        var address: IPAddress
        /// What is in front of the Service's own name; empty for a cluster IP.
        var host: String
    }

    /// Whose they are.
    package let service: NamespacedName
    /// Each name and type once.
    var sets: [RelativeSet] = []
    var pointers: [Pointer] = []
    /// What is left out, and why.
    package var diagnostics: [Diagnostic] = []

    /// How much is said of one Service at most.
    static let diagnosticsMax = 10

    /// The Service's own name below the cluster's zone.
    var baseName: String { "\(service.name).\(service.namespace).svc" }

    /// Whether its endpoints have names of their own.
    package var isHeadless: Bool { pointers.contains { !$0.host.isEmpty } }

    /// Whether they may be those of a headless Service of which endpoints are missing.
    package var isHeadlessOrNothing: Bool { sets.isEmpty || isHeadless }

    /// Nothing.
    package init(service: NamespacedName) { self.service = service }

    /// The records, with whole names.
    package func sets(_ settings: DiscoverySettings) -> [RecordSet] {
        let base = settings.clusterDomain.below(baseName)
        return sets.map { set in
            let data = set.data.map { data -> RecordData in
                switch data {
                case .address(let address): .address(address)
                case .alias(let name): .alias(name)
                case .service(let port, let host): .service(port: port, target: base.below(host))
                }
            }
            return RecordSet(name: base.below(set.prefix), type: set.type, ttl: settings.ttl, data: data)
        }
    }

    /// The records of both, each once.
    package func union(_ other: ServiceRecords) -> ServiceRecords {
        var union = self
        for set in other.sets {
            if let index = union.sets.firstIndex(where: { $0.prefix == set.prefix && $0.type == set.type }) {
                let known = Set(union.sets[index].data)
                union.sets[index].data += set.data.filter { !known.contains($0) }
            } else {
                union.sets.append(set)
            }
        }
        let known = Set(union.pointers)
        union.pointers += other.pointers.filter { !known.contains($0) }
        return union
    }
}
