import ClusterModel
import NetworkValues

/// The slices that are made of a legacy `Endpoints` object (`pkg/controller/endpointslicemirroring`). Pure.
struct EndpointsMirroring {
    /// How many addresses of a subset are taken, the controller's `--mirroring-max-endpoints-per-subset`.
    static let addressesMax = 1000

    /// Addresses with the same ports.
    private struct Subset {
        var ports: [EndpointSlice.Port]
        var addresses: [EndpointSlice.Endpoint]
    }

    /// Two with the same key are one, wherever they come from.
    private struct AddressKey: Hashable {
        var address: IPAddress
        var uid: String?
    }

    private let name: NamespacedName
    private let metadata: ObjectMetadata
    private let subsets: [EndpointSlice]

    /// - Parameter subsets: The object's subsets as slices, at least one.
    init(_ name: NamespacedName, _ subsets: [EndpointSlice]) {
        self.name = name
        self.subsets = subsets
        metadata = subsets.first?.metadata ?? ObjectMetadata(name: name)
    }

    /// Whether the controller makes slices of it: it has addresses, and neither does its owner say that it wants none, nor is
    /// it a lock.
    static func isMirrored(_ subsets: [EndpointSlice]) -> Bool {
        guard let metadata = subsets.first?.metadata else { return false }
        return metadata.labels["endpointslice.kubernetes.io/skip-mirror"] != "true"
            && metadata.annotations["control-plane.alpha.kubernetes.io/leader"] == nil
    }

    /// The slices that there are to be: one for each list of ports and family.
    ///
    /// - Parameter existing: Those that there are.
    func reconcile(_ existing: [EndpointSlice], _ names: inout SliceNames) -> [EndpointSlice] {
        var unused = existing
        var slices = repacked.flatMap { subset in
            let addresses = subset.addresses.filter(\.isReady) + subset.addresses.filter { !$0.isReady }
            let taken = addresses.prefix(Self.addressesMax)
            return IPFamily.allCases.compactMap { family in
                slice(subset.ports, family, taken.filter { $0.address.family == family })
            }
        }
        for index in slices.indices {
            let isOwn = { (old: EndpointSlice) in old.ports == slices[index].ports && old.family == slices[index].family
            }
            if let own = unused.firstIndex(where: isOwn) {
                slices[index].metadata.name = unused.remove(at: own).metadata.name
            }
        }
        for index in slices.indices where slices[index].metadata.name.name.isEmpty {
            let free = unused.firstIndex { $0.family == slices[index].family }
            slices[index].metadata.name = free.map { unused.remove(at: $0).metadata.name } ?? names.next()
        }
        return slices
    }

    private func slice(
        _ ports: [EndpointSlice.Port], _ family: IPFamily, _ addresses: [EndpointSlice.Endpoint]
    ) -> EndpointSlice? {
        if addresses.isEmpty { return nil }
        var metadata = ObjectMetadata(name: NamespacedName(name.namespace, ""))
        metadata.labels = self.metadata.labels
        metadata.labels[EndpointSlice.serviceNameLabel] = name.name
        metadata.labels[EndpointSlice.managedByLabel] = EndpointSlice.mirroringControllerName
        metadata.annotations = self.metadata.annotations
        metadata.annotations["endpoints.kubernetes.io/last-change-trigger-time"] = nil
        var seen: Set<EndpointSlice.Endpoint> = []
        return EndpointSlice(
            metadata: metadata, service: name, family: family, ports: ports,
            endpoints: addresses.filter { seen.insert($0).inserted },
            owner: ObjectTarget(kind: "Endpoints", name: name, uid: self.metadata.uid))
    }

    /// The subsets in another form: each port with its addresses, then ports with the same addresses together
    /// (`RepackSubsets`).
    private var repacked: [Subset] {
        var known: [AddressKey: EndpointSlice.Endpoint] = [:]
        var ports: [EndpointSlice.Port?] = []
        var readiness: [EndpointSlice.Port?: [AddressKey: Bool]] = [:]
        for subset in subsets {
            let all: [EndpointSlice.Port?] = subset.ports.isEmpty ? [nil] : subset.ports
            for port in all {
                if readiness[port] == nil { ports.append(port) }
                for endpoint in subset.endpoints {
                    let key = AddressKey(address: endpoint.address, uid: endpoint.details?.target?.uid)
                    if known[key] == nil { known[key] = endpoint }
                    // What is not ready anywhere is not ready.
                    let wasReady = readiness[port]?[key] ?? true
                    readiness[port, default: [:]][key] = wasReady && endpoint.isReady
                }
            }
        }
        var groups: [(addresses: [AddressKey: Bool], ports: [EndpointSlice.Port])] = []
        for port in ports {
            guard let addresses = readiness[port] else { continue }
            let own = port.map { [$0] } ?? []
            if let index = groups.firstIndex(where: { $0.addresses == addresses }) {
                groups[index].ports += own
            } else {
                groups.append((addresses, own))
            }
        }
        return groups.map { group in
            // By their texts, as the controller sorts them before it leaves out those that are too many.
            let addresses = group.addresses.map { ($0.key.address.description, $0.key, $0.value) }
                .sorted { ($0.0, $0.1.uid ?? "") < ($1.0, $1.1.uid ?? "") }
            return Subset(
                ports: group.ports.inWrittenOrder,
                addresses: addresses.compactMap { _, key, isReady in
                    known[key].map { endpoint in
                        // The controller says nothing of the other conditions, so that they have their defaults.
                        var endpoint = endpoint
                        endpoint.ready = isReady
                        endpoint.serving = nil
                        return endpoint
                    }
                })
        }
    }
}
