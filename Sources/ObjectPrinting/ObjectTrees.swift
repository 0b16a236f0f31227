package import ClusterModel
import NetworkValues

extension ObjectMetadata {
    /// `metadata`, with what is known of it.
    ///
    /// - Parameter more: Further fields.
    package func tree(_ more: [String: ObjectTree?] = [:]) -> ObjectTree {
        let own: [String: ObjectTree?] = [
            "name": .string(name.name),
            "namespace": name.namespace.isEmpty ? nil : .string(name.namespace),
            "uid": uid.map { .string($0) },
            "labels": .texts(labels),
            "annotations": .texts(annotations),
            "creationTimestamp": creationTimestamp.map { .string($0.description) },
            "deletionTimestamp": deletionTimestamp.map { .string($0.description) },
        ]
        return .fields(own.merging(more) { _, new in new })
    }
}

extension EndpointSlice {
    /// The slice as an object of `discovery.k8s.io/v1`.
    package var tree: ObjectTree {
        .object([
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": metadata.tree([
                "generateName": owner.map { .string(Self.generateName(of: $0.name.name)) },
                "ownerReferences": owner.map { .array([$0.ownerReference]) },
            ]),
            "addressType": .string(family.rawValue),
            "endpoints": .array(endpoints.map(\.tree)),
            "ports": ports.isEmpty ? .null : .array(ports.map(\.tree)),
        ])
    }
}

extension EndpointSlice.Port {
    fileprivate var tree: ObjectTree {
        .fields([
            "name": .string(name), "protocol": .string(transportProtocol.rawValue),
            "port": port.map { .integer(Int($0)) }, "appProtocol": appProtocol.map { .string($0) },
        ])
    }
}

extension EndpointSlice.Endpoint {
    fileprivate var tree: ObjectTree {
        let conditions: [String: ObjectTree?] = [
            "ready": ready.map { .boolean($0) }, "serving": serving.map { .boolean($0) },
            "terminating": terminating.map { .boolean($0) },
        ]
        let addresses = [address] + (details?.furtherAddresses ?? [])
        return .fields([
            "addresses": .array(addresses.map { .string($0.description) }),
            "conditions": .fields(conditions),
            "hostname": details?.hostname.map { .string($0) },
            "targetRef": details?.target?.tree,
            "nodeName": nodeName.map { .string($0) },
            "zone": details?.zone.map { .string($0) },
            "hints": hints,
        ])
    }

    private var hints: ObjectTree? {
        if zoneHints.isEmpty, nodeHints.isEmpty { return nil }
        func names(_ names: [String]) -> ObjectTree? { .list(names.map { .object(["name": .string($0)]) }) }
        return .fields(["forZones": names(zoneHints), "forNodes": names(nodeHints)])
    }
}

extension ObjectTarget {
    /// A `v1.ObjectReference`.
    var tree: ObjectTree {
        .fields([
            "kind": kind.isEmpty ? nil : .string(kind),
            "namespace": name.namespace.isEmpty ? nil : .string(name.namespace),
            "name": name.name.isEmpty ? nil : .string(name.name), "uid": uid.map { .string($0) },
        ])
    }

    /// As an element of `ownerReferences` of what a controller made for it.
    fileprivate var ownerReference: ObjectTree {
        .fields([
            "apiVersion": "v1", "kind": .string(kind), "name": .string(name.name), "uid": uid.map { .string($0) },
            "controller": true, "blockOwnerDeletion": true,
        ])
    }
}
