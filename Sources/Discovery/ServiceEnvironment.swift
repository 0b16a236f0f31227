package import ClusterModel
import NetworkValues

/// A variable of a container's environment. The corresponding API type is `v1.EnvVar`.
package struct EnvironmentVariable: Hashable, Sendable {
    package var name: String
    package var value: String
}

/// The variables by which a container finds Services, as the kubelet makes them (`kubelet/envvars`).
package enum ServiceEnvironment {
    /// The Services that a Pod is told of, sorted by name: those of its namespace that have a cluster IP, and `kubernetes` of
    /// the namespace `default`, whose place one of that name in its own namespace takes.
    ///
    /// - Parameter hasServiceLinks: `spec.enableServiceLinks` of the Pod: whether it is told of those of its namespace.
    package static func services(
        for namespace: String, hasServiceLinks: Bool, in snapshot: ClusterSnapshot
    ) -> [Service] {
        var services: [String: Service] = [:]
        for (name, service) in snapshot.services where !service.clusterIPs.addresses.isEmpty {
            let isOwn = name.namespace == namespace && hasServiceLinks
            if isOwn || name == .kubernetesService && services[name.name] == nil { services[name.name] = service }
        }
        return services.values.sorted { $0.metadata.name.name < $1.metadata.name.name }
    }

    /// The variables, in the order in which the kubelet makes those of a Service. Of two of one name the later one counts.
    package static func variables(for services: [Service]) -> [EnvironmentVariable] {
        let all = services.flatMap(variables)
        let last = Dictionary(all.indices.map { (all[$0].name, $0) }) { $1 }
        return all.indices.filter { last[all[$0].name] == $0 }.map { all[$0] }
    }

    private static func variables(of service: Service) -> [EnvironmentVariable] {
        guard let address = service.clusterIPs.addresses.first, let first = service.ports.first else { return [] }
        let name = mangled(service.metadata.name.name)
        let host = address.family == .ipv6 ? "[\(address)]" : "\(address)"
        let url = { (port: Service.Port) in "\(port.transportProtocol)://\(host):\(port.port)" }
        var variables: [EnvironmentVariable] = []
        func add(_ suffix: String, _ value: String) {
            variables.append(EnvironmentVariable(name: name + suffix, value: value))
        }
        add("_SERVICE_HOST", "\(address)")
        add("_SERVICE_PORT", "\(first.port)")
        for port in service.ports where !port.name.isEmpty {
            add("_SERVICE_PORT_\(mangled(port.name))", "\(port.port)")
        }
        add("_PORT", url(first))
        for port in service.ports {
            let link = "_PORT_\(port.port)_\(port.transportProtocol.rawValue)"
            add(link, url(port))
            add("\(link)_PROTO", "\(port.transportProtocol)")
            add("\(link)_PORT", "\(port.port)")
            add("\(link)_ADDR", "\(address)")
        }
        return variables
    }

    /// Upper case, and underscores for hyphens; all else stays.
    private static func mangled(_ name: String) -> String { name.uppercased().replacing("-", with: "_") }
}
