package import ClusterModel

/// A Service with its endpoints.
package struct ServiceState: Hashable, Sendable {
    package var service: Service
    /// Its slices, sorted by name.
    package var slices: [EndpointSlice]

    package init(_ service: Service, _ slices: [EndpointSlice]) {
        self.service = service
        self.slices = slices
    }
}

/// Services that are others than before.
package struct ServiceChanges: Sendable {
    /// Nil for one that is gone.
    package var services: [NamespacedName: ServiceState?]

    /// Which objects there may be that are not known.
    package var unknown: UnknownState

    package init(_ services: [NamespacedName: ServiceState?] = [:], unknown: UnknownState) {
        self.services = services
        self.unknown = unknown
    }

    /// How these Services of a cluster are.
    package init(_ names: some Sequence<NamespacedName>, in cluster: KnownCluster) {
        let snapshot = cluster.snapshot
        self.init(unknown: cluster.unknown)
        for name in names {
            services[name] = .some(snapshot.services[name].map { ServiceState($0, snapshot.slices(of: name)) })
        }
    }

    /// Makes one of these and newer ones, which have the last word on each Service.
    package mutating func merge(_ newer: ServiceChanges) {
        if services.isEmpty { services = newer.services } else { services.merge(newer.services) { $1 } }
        unknown = newer.unknown
    }
}

/// Somebody who does something with what is in force, beside the rules: it is told of each Service once the rules for it are in
/// the kernel.
package protocol ClusterFollower: Sendable {
    /// Takes note of what is others than before. Whoever calls does not wait for what is done with it.
    func take(_ changes: ServiceChanges)
}
