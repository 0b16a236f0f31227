import ClusterModel
import NetworkValues

/// Of all the addresses and ports that a Service asks for, those that it has; and what becomes of the others.
struct OwnedPlaces {
    private let service: Service
    private let claims: Claims

    /// Its cluster IPs.
    private(set) var clusterIPs: [IPAddress] = []
    /// Its external IPs, each once.
    private(set) var externalIPs: [IPAddress] = []
    /// Its load balancer's addresses, each once; some may be external IPs too.
    private(set) var loadBalancerIPs: [IPAddress] = []
    /// Where its load balancer asks for its health.
    private(set) var healthCheckPort: UInt16?
    /// What it does not have, and who has it: one line for each claim, whatever the number of ports or families.
    private(set) var diagnostics: [Diagnostic] = []
    private var noted: Set<Diagnostic> = []

    /// - Parameter service: one that is proxied.
    init(_ service: Service, claims: Claims) {
        self.service = service
        self.claims = claims
        clusterIPs = service.clusterIPs.addresses.filter { owns(.clusterIP($0), .clusterIP, "\($0)") }
        externalIPs = external(service.externalIPs, .externalIP)
        loadBalancerIPs = external(service.loadBalancerIPs, .loadBalancerIP)
        healthCheckPort = ownHealthCheckPort()
    }

    /// Takes out the frontends of a port that are another Service's.
    mutating func removeOthers(from port: inout ServicePortPlan) {
        let (transport, family) = (port.name.transportProtocol, port.family)
        port.frontends.removeAll { frontend in
            frontend.kind != .clusterIP
                && !owns(frontend.claim(transport, family), frontend.kind, "\(frontend.place) (\(transport))")
        }
    }

    private mutating func owns(_ claim: Claim, _ kind: Frontend.Kind, _ what: @autoclosure () -> String) -> Bool {
        guard let owner = claims.owner(of: claim), owner != service.metadata.name else { return true }
        note(kind.path, "\(kind.rawValue) \(what()) belongs to Service \(owner)\(Self.reason)")
        return false
    }

    private static let reason = ", the oldest (or first by name) that claims it; it is not served for this one"

    private mutating func note(_ path: String, _ message: String) {
        let diagnostic = Diagnostic(.error, object: "Service \(service.metadata.name)", path: path, message)
        // Both families of a Service claim the same ports.
        if noted.insert(diagnostic).inserted { diagnostics.append(diagnostic) }
    }

    /// Each address once, without those that are cluster IPs, also the Service's own, which is served as such.
    private mutating func external(_ addresses: [IPAddress], _ kind: Frontend.Kind) -> [IPAddress] {
        if addresses.isEmpty { return [] }
        var seen: Set<IPAddress> = []
        let families = Set(clusterIPs.map(\.family))
        return addresses.filter { address in
            guard seen.insert(address).inserted, families.contains(address.family) else { return false }
            guard let owner = claims.owner(of: .clusterIP(address)) else { return true }
            if owner != service.metadata.name {
                note(kind.path, "\(kind.rawValue) \(address) is the cluster IP of Service \(owner); it is not served")
            }
            return false
        }
    }

    private mutating func ownHealthCheckPort() -> UInt16? {
        guard let port = service.healthCheckPort else { return nil }
        let what = "health check node port \(port) (tcp)"
        let path = "spec.healthCheckNodePort"
        if service.ports.contains(where: { $0.nodePort == port && $0.transportProtocol == .tcp }) {
            note(path, "\(what) is a node port of the Service; it is not served")
            return nil
        }
        for family in Set(clusterIPs.map(\.family)).sorted() {
            guard let owner = claims.owner(of: .nodePort(port, .tcp, family)), owner != service.metadata.name else {
                continue
            }
            note(path, "\(what) belongs to Service \(owner)\(Self.reason)")
            return nil
        }
        return port
    }
}

extension Frontend.Kind {
    /// Where in the Service it is.
    fileprivate var path: String {
        switch self {
        case .clusterIP: "spec.clusterIPs"
        case .externalIP: "spec.externalIPs"
        case .loadBalancerIP: "status.loadBalancer.ingress"
        case .nodePort: "spec.ports"
        }
    }
}
