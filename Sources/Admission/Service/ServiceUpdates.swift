/// What a change of a Service leaves unsaid.
extension ServiceFields {
    /// What is plural follows from what is singular, for clients that know nothing else.
    mutating func normalizeClusterIPs() {
        if !clusterIP.isEmpty, clusterIPs == nil { clusterIPs = [clusterIP] }
    }

    /// The same for a change: whichever of the two is changed is meant.
    mutating func normalizeClusterIPs(from old: ServiceFields) {
        if old.clusterIPs != nil, clusterIPs == nil, old.clusterIP == clusterIP { clusterIPs = old.clusterIPs }
        guard old.clusterIP != clusterIP, old.clusterIPs ?? [] == clusterIPs ?? [] else { return }
        clusterIPs = clusterIP.isEmpty ? nil : [clusterIP]
    }

    /// Keeps what the server has given to the Service, so that a client may send it what it sent first
    /// (`patchAllocatedValues`).
    mutating func fillIn(from old: ServiceFields) {
        if !old.isExternalName, !isExternalName {
            if clusterIP.isEmpty { clusterIP = old.clusterIP }
            clusterIPs = clusterIPs ?? old.clusterIPs
        }
        if old.allocatesNodePorts, allocatesNodePorts { fillInNodePorts(from: old) }
        if old.needsHealthCheck, needsHealthCheck, healthCheckNodePort == 0 {
            healthCheckNodePort = old.healthCheckNodePort
        }
    }

    private mutating func fillInNodePorts(from old: ServiceFields) {
        let used = Set(old.nodePorts).intersection(nodePorts)
        let byName = Dictionary(old.ports.map { ($0.name, $0.nodePort) }) { $1 }
        for index in ports.indices where ports[index].nodePort == 0 {
            if let known = byName[ports[index].name], !used.contains(known) { ports[index].nodePort = known }
        }
    }

    /// Drops what means nothing for the new type, unless it was changed too: then it is an error
    /// (`dropTypeDependentFields`).
    mutating func dropDependentFields(from old: ServiceFields) {
        if !old.isExternalName, isExternalName { dropAddresses(from: old) }
        if old.hasNodePorts, !hasNodePorts, Set(old.nodePorts).isSuperset(of: nodePorts) {
            for index in ports.indices { ports[index].nodePort = 0 }
        }
        if old.needsHealthCheck, !needsHealthCheck, old.healthCheckNodePort == healthCheckNodePort {
            healthCheckNodePort = 0
        }
        if old.isLoadBalancer, !isLoadBalancer {
            if old.allocateLoadBalancerNodePorts == allocateLoadBalancerNodePorts {
                allocateLoadBalancerNodePorts = nil
            }
            if old.loadBalancerClass == loadBalancerClass { loadBalancerClass = nil }
        }
        if old.isExternallyAccessible, !isExternallyAccessible, old.externalTrafficPolicy == externalTrafficPolicy {
            externalTrafficPolicy = ""
        }
        if !isLoadBalancer { ingress = [] }
    }

    private mutating func dropAddresses(from old: ServiceFields) {
        if old.clusterIP == clusterIP, old.clusterIPs ?? [] == clusterIPs ?? [] {
            clusterIP = ""
            clusterIPs = nil
        }
        if old.ipFamilies ?? [] == ipFamilies ?? [] { ipFamilies = nil }
        if old.ipFamilyPolicy ?? "" == ipFamilyPolicy ?? "" { ipFamilyPolicy = nil }
    }
}
