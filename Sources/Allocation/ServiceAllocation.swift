package import ClusterModel
package import NetworkValues

/// What a Service has been given, chosen by itself or not, and what of it decides what it keeps when it changes.
package struct ServiceAllocation: Hashable, Sendable {
    /// The node port of one port.
    package struct NodePort: Hashable, Sendable {
        /// `spec.ports[i].name`, by which a port is known again.
        package var portName: String
        /// 0 if it has none.
        package var number: UInt16

        package init(portName: String, number: UInt16) {
            self.portName = portName
            self.number = number
        }
    }

    /// `metadata.uid`: another one is another Service of the same name.
    package var uid: String?
    /// `spec.type`.
    package var type: Service.ServiceType
    /// `spec.clusterIPs`.
    package var clusterIPs: Service.ClusterIPs
    /// `spec.ipFamilies`.
    package var ipFamilies: [IPFamily]
    /// `spec.ipFamilyPolicy`.
    package var ipFamilyPolicy: Service.FamilyPolicy?
    /// Whether ports without a node port get one.
    package var allocatesNodePorts: Bool
    /// Those of all ports.
    package var nodePorts: [NodePort]
    /// `spec.healthCheckNodePort`, 0 if none.
    package var healthCheckNodePort: UInt16

    package init(
        uid: String? = nil, type: Service.ServiceType, clusterIPs: Service.ClusterIPs, ipFamilies: [IPFamily],
        ipFamilyPolicy: Service.FamilyPolicy?, allocatesNodePorts: Bool, nodePorts: [NodePort],
        healthCheckNodePort: UInt16
    ) {
        self.uid = uid
        self.type = type
        self.clusterIPs = clusterIPs
        self.ipFamilies = ipFamilies
        self.ipFamilyPolicy = ipFamilyPolicy
        self.allocatesNodePorts = allocatesNodePorts
        self.nodePorts = nodePorts
        self.healthCheckNodePort = healthCheckNodePort
    }

    /// What a Service has to which all has been given. Node ports of a type that has none, such as those that the API lets an
    /// ExternalName have, are words alone.
    init(of service: Service) {
        self.init(
            uid: service.metadata.uid, type: service.type, clusterIPs: service.clusterIPs,
            ipFamilies: service.ipFamilies, ipFamilyPolicy: service.ipFamilyPolicy,
            allocatesNodePorts: service.needsNodePorts,
            nodePorts: service.ports.map { port in
                NodePort(portName: port.name, number: service.type.hasNodePorts ? port.nodePort : 0)
            },
            healthCheckNodePort: service.needsHealthCheckNodePort ? service.healthCheckNodePort : 0)
    }

    /// Nothing is known of its addresses any more.
    mutating func forgetAddresses() {
        clusterIPs = .unset
        ipFamilies = []
        ipFamilyPolicy = nil
    }

    /// The node ports that it keeps others from having.
    var ports: Set<UInt16> { Set(nodePorts.lazy.map(\.number) + [healthCheckNodePort]).subtracting([0]) }

    /// Whether there is nothing to be remembered. That a Service is headless is: it may not change once set.
    package var isEmpty: Bool { clusterIPs == .unset && ports.isEmpty }
}

extension Service.ServiceType {
    /// Whether ports may have node ports.
    var hasNodePorts: Bool { self == .nodePort || self == .loadBalancer }
}

extension Service {
    /// Whether ports without a node port get one.
    var needsNodePorts: Bool { type == .nodePort || type == .loadBalancer && allocatesLoadBalancerNodePorts }

    /// Whether it has a port at which load balancers ask where its endpoints are.
    var needsHealthCheckNodePort: Bool { type == .loadBalancer && externalTrafficPolicy == .local }
}
