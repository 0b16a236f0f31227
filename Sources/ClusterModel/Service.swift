package import NetworkValues

/// A Service with the API's defaults applied. The corresponding API type is `v1.Service`.
package struct Service: Hashable, Sendable {
    /// `spec.type`.
    package enum ServiceType: String, Hashable, Sendable, CaseIterable {
        case clusterIP = "ClusterIP"
        case nodePort = "NodePort"
        case loadBalancer = "LoadBalancer"
        case externalName = "ExternalName"
    }

    /// `spec.internalTrafficPolicy` and `spec.externalTrafficPolicy`.
    package enum TrafficPolicy: String, Hashable, Sendable, CaseIterable {
        /// All endpoints.
        case cluster = "Cluster"
        /// Only endpoints on this node (KEP-2086).
        case local = "Local"
    }

    /// `spec.trafficDistribution`.
    package enum TrafficDistribution: String, Hashable, Sendable, CaseIterable {
        case preferClose = "PreferClose"
        case preferSameZone = "PreferSameZone"
        case preferSameNode = "PreferSameNode"
    }

    /// `spec.sessionAffinity` with its configuration.
    package enum SessionAffinity: Hashable, Sendable {
        case none
        /// One client address stays with one endpoint until it has made no connection for this long, 1...86400.
        case clientIP(timeoutSeconds: UInt32)
    }

    /// An element of `spec.ports`.
    package struct Port: Hashable, Sendable {
        /// Empty if the only port has none.
        package var name: String
        /// `protocol`, TCP if absent.
        package var transportProtocol: TransportProtocol
        /// The port of the cluster IP, 1...65535.
        package var port: UInt16
        /// The node port, 0 if none.
        package var nodePort: UInt16

        /// A port of a Service.
        package init(name: String = "", transportProtocol: TransportProtocol = .tcp, port: UInt16, nodePort: UInt16 = 0)
        {
            self.name = name
            self.transportProtocol = transportProtocol
            self.port = port
            self.nodePort = nodePort
        }
    }

    /// `metadata`.
    package var metadata: ObjectMetadata
    /// `spec.type`, ClusterIP if absent.
    package var type: ServiceType
    /// `spec.clusterIPs` without `None`, at most one per family; empty for a headless Service.
    package var clusterIPs: [IPAddress]
    /// `spec.ports`, in the order given.
    package var ports: [Port]
    /// `spec.sessionAffinity`, None if absent; the timeout is 10800 s if absent.
    package var sessionAffinity: SessionAffinity
    /// `spec.internalTrafficPolicy`, Cluster if absent: for traffic to cluster IPs.
    package var internalTrafficPolicy: TrafficPolicy
    /// `spec.externalTrafficPolicy`, Cluster if absent: for traffic from outside the cluster.
    package var externalTrafficPolicy: TrafficPolicy
    /// `spec.trafficDistribution`, nil if absent (KEP-4444): which endpoints are preferred is said by the hints of slices.
    package var trafficDistribution: TrafficDistribution?
    /// `spec.externalIPs`.
    package var externalIPs: [IPAddress]
    /// The addresses of `status.loadBalancer.ingress` whose `ipMode` is `VIP` or absent (KEP-1860).
    package var loadBalancerIPs: [IPAddress]
    /// `spec.loadBalancerSourceRanges`.
    package var loadBalancerSourceRanges: [IPPrefix]
    /// `spec.healthCheckNodePort`, 0 if none.
    package var healthCheckNodePort: UInt16

    /// A Service; what is not given has the API's default.
    package init(
        metadata: ObjectMetadata, type: ServiceType = .clusterIP, clusterIPs: [IPAddress] = [], ports: [Port] = [],
        sessionAffinity: SessionAffinity = .none, internalTrafficPolicy: TrafficPolicy = .cluster,
        externalTrafficPolicy: TrafficPolicy = .cluster, trafficDistribution: TrafficDistribution? = nil,
        externalIPs: [IPAddress] = [],
        loadBalancerIPs: [IPAddress] = [], loadBalancerSourceRanges: [IPPrefix] = [], healthCheckNodePort: UInt16 = 0
    ) {
        self.metadata = metadata
        self.type = type
        self.clusterIPs = clusterIPs
        self.ports = ports
        self.sessionAffinity = sessionAffinity
        self.internalTrafficPolicy = internalTrafficPolicy
        self.externalTrafficPolicy = externalTrafficPolicy
        self.trafficDistribution = trafficDistribution
        self.externalIPs = externalIPs
        self.loadBalancerIPs = loadBalancerIPs
        self.loadBalancerSourceRanges = loadBalancerSourceRanges
        self.healthCheckNodePort = healthCheckNodePort
    }

    /// Whether this proxy has anything to do with it: it has a cluster IP, is no ExternalName, and is not left to another
    /// proxy by the label `service.kubernetes.io/service-proxy-name`, of any value.
    package var isProxied: Bool {
        type != .externalName && !clusterIPs.isEmpty
            && metadata.labels["service.kubernetes.io/service-proxy-name"] == nil
    }
}

extension ObjectMetadata {
    /// Whether the label `service.kubernetes.io/headless`, of any value, says of a slice that its Service is headless, so
    /// that no proxy has a use for it.
    package var isOfHeadlessService: Bool { labels["service.kubernetes.io/headless"] != nil }
}
