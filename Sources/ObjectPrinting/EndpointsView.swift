package import ClusterModel
import NetworkValues

/// The endpoints of a Service together, as the older `v1` Endpoints has them: what all its slices say.
package struct EndpointsView: Sendable {
    /// Endpoints with the same ports.
    private struct Subset {
        var ports: [EndpointSlice.Port]
        var ready: [EndpointSlice.Endpoint] = []
        var notReady: [EndpointSlice.Endpoint] = []
    }

    private let metadata: ObjectMetadata
    private var subsets: [Subset] = []

    /// - Parameters:
    ///   - metadata: The Service's; of a Service that is not there, its name.
    ///   - slices: In any order.
    package init(_ metadata: ObjectMetadata, slices: [EndpointSlice]) {
        self.metadata = ObjectMetadata(
            name: metadata.name, labels: metadata.labels, creationTimestamp: metadata.creationTimestamp)
        for slice in slices {
            let ports = slice.ports.sorted { ($0.name, $0.port ?? 0) < ($1.name, $1.port ?? 0) }
            let index = subsets.firstIndex { $0.ports == ports } ?? subsets.endIndex
            if index == subsets.endIndex { subsets.append(Subset(ports: ports)) }
            for endpoint in slice.endpoints {
                if endpoint.isReady {
                    subsets[index].ready.append(endpoint)
                } else {
                    subsets[index].notReady.append(endpoint)
                }
            }
        }
        for index in subsets.indices {
            subsets[index].ready.sort { $0.address < $1.address }
            subsets[index].notReady.sort { $0.address < $1.address }
        }
        subsets.removeAll { $0.ready.isEmpty && $0.notReady.isEmpty }
        subsets.sort { Self.text($0.ports) < Self.text($1.ports) }
    }

    private static func text(_ ports: [EndpointSlice.Port]) -> String {
        ports.map { "\($0.name) \($0.transportProtocol) \($0.port ?? 0)" }.joined(separator: ",")
    }

    /// The Service.
    package var name: NamespacedName { metadata.name }

    /// An object of `v1`.
    package var tree: ObjectTree {
        .fields([
            "apiVersion": "v1", "kind": "Endpoints", "metadata": metadata.tree(),
            "subsets": .list(
                subsets.map { subset in
                    .fields([
                        "addresses": .list(subset.ready.map(\.subsetTree)),
                        "notReadyAddresses": .list(subset.notReady.map(\.subsetTree)),
                        "ports": .list(subset.ports.map(\.subsetTree)),
                    ])
                }),
        ])
    }

    /// The columns of `kubectl get endpoints`.
    ///
    /// - Parameter hasNamespaces: With the namespace in front, as for all namespaces.
    package static func table(_ views: [EndpointsView], hasNamespaces: Bool, now: Timestamp) -> TextTable {
        var table = TextTable((hasNamespaces ? ["NAMESPACE"] : []) + ["NAME", "ENDPOINTS", "AGE"])
        for view in views {
            let name = view.metadata.name
            table.append(
                (hasNamespaces ? [name.namespace] : [])
                    + [name.name, view.addressText, view.metadata.ageText(at: now)])
        }
        return table
    }

    private var addressText: String {
        let all = subsets.flatMap { subset in
            subset.ports.isEmpty
                ? subset.ready.map(\.address.description)
                : subset.ports.flatMap { port in
                    subset.ready.map { SocketAddress($0.address, port.port ?? 0).description }
                }
        }
        let shownMax = 3
        let shown = all.prefix(shownMax).joined(separator: ",")
        return all.count > shownMax ? "\(shown) + \(all.count - shownMax) more..." : shown
    }
}

extension EndpointSlice.Endpoint {
    fileprivate var subsetTree: ObjectTree {
        .fields([
            "ip": .string(address.description), "hostname": details?.hostname.map { .string($0) },
            "nodeName": nodeName.map { .string($0) }, "targetRef": details?.target?.tree,
        ])
    }
}

extension EndpointSlice.Port {
    fileprivate var subsetTree: ObjectTree {
        .fields([
            "name": name.isEmpty ? nil : .string(name), "protocol": .string(transportProtocol.rawValue),
            "port": port.map { .integer(Int($0)) }, "appProtocol": appProtocol.map { .string($0) },
        ])
    }
}
