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

    /// `spec.ipFamilyPolicy`.
    package enum FamilyPolicy: String, Hashable, Sendable, CaseIterable {
        case singleStack = "SingleStack"
        case preferDualStack = "PreferDualStack"
        case requireDualStack = "RequireDualStack"
    }

    /// `spec.clusterIPs`, or `spec.clusterIP` alone.
    package enum ClusterIPs: Hashable, Sendable, ExpressibleByArrayLiteral {
        /// Nobody has given it any yet.
        case unset
        /// `None`: it is found by DNS alone.
        case headless
        /// At least one, at most one per family.
        case allocated([IPAddress])

        /// These addresses; unset if there are none.
        package init(_ addresses: [IPAddress]) {
            self = addresses.isEmpty ? .unset : .allocated(addresses)
        }

        package init(arrayLiteral addresses: IPAddress...) {
            self.init(addresses)
        }

        /// The addresses that there are, the primary one first.
        package var addresses: [IPAddress] {
            guard case .allocated(let addresses) = self else { return [] }
            return addresses
        }

        /// As the API writes them: `None` alone if it is headless.
        package var texts: [String] { self == .headless ? ["None"] : addresses.map(\.description) }
    }

    /// `targetPort` of a port: where the endpoints listen.
    package enum TargetPort: Hashable, Sendable {
        /// The same number everywhere, 1...65535.
        case number(UInt16)
        /// The container port of this name, which each Pod may have at another number.
        case name(String)
    }

    /// An element of `spec.ports`.
    package struct Port: Hashable, Sendable {
        /// Empty if the only port has none.
        package var name: String
        /// `protocol`, TCP if absent.
        package var transportProtocol: TransportProtocol
        /// The port of the cluster IP, 1...65535.
        package var port: UInt16
        /// `targetPort`, the same as `port` if absent.
        package var targetPort: TargetPort
        /// The node port, 0 if none.
        package var nodePort: UInt16
        /// `appProtocol`.
        package var appProtocol: String?

        /// - Parameter targetPort: The same as `port` if nil.
        package init(
            name: String = "", transportProtocol: TransportProtocol = .tcp, port: UInt16,
            targetPort: TargetPort? = nil, nodePort: UInt16 = 0, appProtocol: String? = nil
        ) {
            self.name = name
            self.transportProtocol = transportProtocol
            self.port = port
            self.targetPort = targetPort ?? .number(port)
            self.nodePort = nodePort
            self.appProtocol = appProtocol
        }
    }

    /// `metadata`.
    package var metadata: ObjectMetadata
    /// `spec.type`, ClusterIP if absent.
    package var type: ServiceType
    /// `spec.clusterIPs`; unset for an ExternalName, which may keep those of another time.
    package var clusterIPs: ClusterIPs
    /// `spec.ipFamilies`, in the order given; empty if nobody has said anything.
    package var ipFamilies: [IPFamily]
    /// `spec.ipFamilyPolicy`, nil if nobody has said anything.
    package var ipFamilyPolicy: FamilyPolicy?
    /// `spec.ports`, in the order given.
    package var ports: [Port]
    /// `spec.selector`: the labels of its Pods; empty if its endpoints are given in another way, since the API takes an
    /// empty selector for none.
    package var selector: [String: String]
    /// `spec.publishNotReadyAddresses`, false if absent: whether its endpoints count as ready whatever they say.
    package var publishesNotReadyAddresses: Bool
    /// `spec.externalName`.
    package var externalName: String?
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
    /// `spec.allocateLoadBalancerNodePorts`, true if absent: whether a LoadBalancer gets node ports.
    package var allocatesLoadBalancerNodePorts: Bool

    /// A Service; what is not given has the API's default.
    package init(
        metadata: ObjectMetadata, type: ServiceType = .clusterIP, clusterIPs: ClusterIPs = .unset,
        ipFamilies: [IPFamily] = [], ipFamilyPolicy: FamilyPolicy? = nil, ports: [Port] = [],
        selector: [String: String] = [:], publishesNotReadyAddresses: Bool = false, externalName: String? = nil,
        sessionAffinity: SessionAffinity = .none, internalTrafficPolicy: TrafficPolicy = .cluster,
        externalTrafficPolicy: TrafficPolicy = .cluster, trafficDistribution: TrafficDistribution? = nil,
        externalIPs: [IPAddress] = [],
        loadBalancerIPs: [IPAddress] = [], loadBalancerSourceRanges: [IPPrefix] = [], healthCheckNodePort: UInt16 = 0,
        allocatesLoadBalancerNodePorts: Bool = true
    ) {
        self.metadata = metadata
        self.type = type
        self.clusterIPs = clusterIPs
        self.ipFamilies = ipFamilies
        self.ipFamilyPolicy = ipFamilyPolicy
        self.ports = ports
        self.selector = selector
        self.publishesNotReadyAddresses = publishesNotReadyAddresses
        self.externalName = externalName
        self.sessionAffinity = sessionAffinity
        self.internalTrafficPolicy = internalTrafficPolicy
        self.externalTrafficPolicy = externalTrafficPolicy
        self.trafficDistribution = trafficDistribution
        self.externalIPs = externalIPs
        self.loadBalancerIPs = loadBalancerIPs
        self.loadBalancerSourceRanges = loadBalancerSourceRanges
        self.healthCheckNodePort = healthCheckNodePort
        self.allocatesLoadBalancerNodePorts = allocatesLoadBalancerNodePorts
    }

    /// Whether this proxy has anything to do with it: it has a cluster IP, is no ExternalName, and is not left to another
    /// proxy by the label `service.kubernetes.io/service-proxy-name`, of any value.
    package var isProxied: Bool {
        type != .externalName && !clusterIPs.addresses.isEmpty
            && metadata.labels["service.kubernetes.io/service-proxy-name"] == nil
    }
}

extension ObjectMetadata {
    /// Whether the label `service.kubernetes.io/headless`, of any value, says of a slice that its Service is headless, so
    /// that no proxy has a use for it.
    package var isOfHeadlessService: Bool { labels["service.kubernetes.io/headless"] != nil }
}
