extension ServiceFields {
    /// The API's defaults (`SetDefaults_Service`), before anything else is looked at.
    mutating func setDefaults() {
        if sessionAffinity.isEmpty { sessionAffinity = "None" }
        switch sessionAffinity {
        case "None": affinityConfig = .absent
        case "ClientIP":
            if case .timeout = affinityConfig {} else { affinityConfig = .timeout(seconds: 10800) }
        default: break
        }
        if type.isEmpty { type = "ClusterIP" }
        for index in ports.indices { ports[index].setDefaults() }
        if isExternallyAccessible, externalTrafficPolicy.isEmpty { externalTrafficPolicy = "Cluster" }
        if internalTrafficPolicy == nil, type == "ClusterIP" || hasNodePorts { internalTrafficPolicy = "Cluster" }
        guard isLoadBalancer else { return }
        allocateLoadBalancerNodePorts = allocateLoadBalancerNodePorts ?? true
        for index in ingress.indices where !ingress[index].ip.isEmpty {
            ingress[index].ipMode = ingress[index].ipMode ?? "VIP"
        }
    }
}

extension ServiceFields.Port {
    fileprivate mutating func setDefaults() {
        if transportProtocol.isEmpty { transportProtocol = "TCP" }
        if targetPort == .number(0) || targetPort == .name("") { targetPort = .number(port) }
    }
}
