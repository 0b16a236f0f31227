package import NetworkValues

/// A Pod, as far as somebody has to know of it who finds the endpoints of a Service. The corresponding API type is `v1.Pod`.
package struct Pod: Hashable, Sendable {
    /// `status.phase`.
    package enum Phase: String, Hashable, Sendable, CaseIterable {
        case pending = "Pending"
        case running = "Running"
        case succeeded = "Succeeded"
        case failed = "Failed"
        case unknown = "Unknown"
    }

    /// An element of `ports` of a container.
    package struct Port: Hashable, Sendable {
        /// What a Service's `targetPort` can name; empty if it has no name.
        package var name: String
        /// `protocol`, TCP if absent.
        package var transportProtocol: TransportProtocol
        /// `containerPort`, 1...65535.
        package var number: UInt16

        package init(name: String = "", transportProtocol: TransportProtocol = .tcp, number: UInt16) {
            self.name = name
            self.transportProtocol = transportProtocol
            self.number = number
        }
    }

    /// The condition `Ready` of `status.conditions`.
    package struct Readiness: Hashable, Sendable {
        /// Whether its status is `True`.
        package var isReady: Bool
        /// `lastTransitionTime`, nil if absent.
        package var lastTransitionTime: Timestamp?

        package init(isReady: Bool, lastTransitionTime: Timestamp? = nil) {
            self.isReady = isReady
            self.lastTransitionTime = lastTransitionTime
        }
    }

    /// `metadata`.
    package var metadata: ObjectMetadata
    /// `spec.nodeName`, nil while no node has been chosen.
    package var nodeName: String?
    /// `spec.hostname`.
    package var hostname: String?
    /// `spec.subdomain`.
    package var subdomain: String?
    /// `spec.hostNetwork`, false if absent.
    package var usesHostNetwork: Bool
    /// `spec.enableServiceLinks`, true if absent: whether its environment names the Services of its namespace.
    package var hasServiceLinks: Bool
    /// The ports of its containers, then those of the init containers that go on running (`restartPolicy` Always), in the order
    /// in which a named target port is looked for.
    package var ports: [Port]
    /// `status.phase`, nil if absent.
    package var phase: Phase?
    /// `status.podIP`, nil if absent.
    package var podIP: IPAddress?
    /// `status.podIPs`, in the order given.
    package var podIPs: [IPAddress]
    /// Its condition `Ready`, nil if absent.
    package var readiness: Readiness?

    /// A Pod; what is not given has the API's default.
    package init(
        metadata: ObjectMetadata, nodeName: String? = nil, hostname: String? = nil, subdomain: String? = nil,
        usesHostNetwork: Bool = false, hasServiceLinks: Bool = true, ports: [Port] = [], phase: Phase? = nil,
        podIP: IPAddress? = nil, podIPs: [IPAddress] = [], readiness: Readiness? = nil
    ) {
        self.metadata = metadata
        self.nodeName = nodeName
        self.hostname = hostname
        self.subdomain = subdomain
        self.usesHostNetwork = usesHostNetwork
        self.hasServiceLinks = hasServiceLinks
        self.ports = ports
        self.phase = phase
        self.podIP = podIP
        self.podIPs = podIPs
        self.readiness = readiness
    }
}
