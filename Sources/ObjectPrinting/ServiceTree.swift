package import ClusterModel
import NetworkValues

extension Service {
    /// The Service as an object of `v1`, with its defaults and what it has been given, in the fields that the API server
    /// would have it in.
    package var tree: ObjectTree {
        .object([
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata.tree(),
            "spec": spec,
            "status": .object(["loadBalancer": .fields(["ingress": ingress])]),
        ])
    }

    private var spec: ObjectTree {
        let addresses = clusterIPs.texts
        let isExternalName = type == .externalName
        let isOutside = type == .nodePort || type == .loadBalancer || type == .clusterIP && !externalIPs.isEmpty
        let isBalanced = type == .loadBalancer
        return .fields([
            "type": .string(type.rawValue),
            "clusterIP": addresses.first.map { .string($0) },
            "clusterIPs": Self.texts(addresses),
            "ipFamilies": Self.texts(ipFamilies.map(\.rawValue)),
            "ipFamilyPolicy": ipFamilyPolicy.map { .string($0.rawValue) },
            "ports": .list(ports.map(\.tree)),
            "selector": .texts(selector),
            "publishNotReadyAddresses": publishesNotReadyAddresses ? true : nil,
            "externalName": externalName.map { .string($0) },
            "sessionAffinity": sessionAffinity == .none ? "None" : "ClientIP",
            "sessionAffinityConfig": affinityConfiguration,
            "internalTrafficPolicy": isExternalName ? nil : .string(internalTrafficPolicy.rawValue),
            "externalTrafficPolicy": isOutside ? .string(externalTrafficPolicy.rawValue) : nil,
            "trafficDistribution": trafficDistribution.map { .string($0.rawValue) },
            "externalIPs": Self.texts(externalIPs.map(\.description)),
            "loadBalancerSourceRanges": Self.texts(loadBalancerSourceRanges.map(\.description)),
            "allocateLoadBalancerNodePorts": isBalanced ? .boolean(allocatesLoadBalancerNodePorts) : nil,
            "healthCheckNodePort": healthCheckNodePort == 0 ? nil : .integer(Int(healthCheckNodePort)),
        ])
    }

    private var affinityConfiguration: ObjectTree? {
        guard case .clientIP(let timeoutSeconds) = sessionAffinity else { return nil }
        return .object(["clientIP": .object(["timeoutSeconds": .integer(Int(timeoutSeconds))])])
    }

    private var ingress: ObjectTree? {
        .list(loadBalancerIPs.map { .object(["ip": .string($0.description), "ipMode": "VIP"]) })
    }

    private static func texts(_ texts: [String]) -> ObjectTree? { .list(texts.map { .string($0) }) }
}

extension Service.Port {
    fileprivate var tree: ObjectTree {
        let target: ObjectTree =
            switch targetPort {
            case .number(let number): .integer(Int(number))
            case .name(let name): .string(name)
            }
        return .fields([
            "name": name.isEmpty ? nil : .string(name), "protocol": .string(transportProtocol.rawValue),
            "appProtocol": appProtocol.map { .string($0) }, "port": .integer(Int(port)), "targetPort": target,
            "nodePort": nodePort == 0 ? nil : .integer(Int(nodePort)),
        ])
    }
}
