import ClusterModel
import NetworkValues

extension ProxyPlan {
    /// The plan as a table for people: a line for each frontend, with the endpoints that it uses.
    package var text: String {
        let header = [["SERVICE PORT", "PROTOCOL", "FRONTEND", "MASQUERADE", "AFFINITY", "ENDPOINTS"]]
        let rows = services.sorted { $0.key < $1.key }.flatMap { name, service in
            service.ports.flatMap(Self.rows) + (service.healthCheck.map { [Self.row(name, $0)] } ?? [])
        }
        var traffic: [String] = []
        for family in IPFamily.allCases {
            if let own = view.podTraffic[family]?.description, !traffic.contains(own) { traffic.append(own) }
        }
        let node = ["Node \(view.name)"] + (traffic.isEmpty ? [] : ["pod traffic \(traffic.joined(separator: ", "))"])
        let blocks = serviceCIDRs.map(\.description).joined(separator: ", ")
        return node.joined(separator: ", ") + "\n" + (blocks.isEmpty ? "" : "Service CIDRs \(blocks)\n")
            + Self.aligned(header + rows)
    }

    private static func rows(_ port: ServicePortPlan) -> [[String]] {
        port.frontends.map { frontend in
            [
                port.name.description, port.name.transportProtocol.description,
                "\(frontend.kind.rawValue) \(frontend.place)", frontend.masquerading.rawValue,
                port.affinitySeconds.map { "\($0)s" } ?? "-", text(frontend, port),
            ]
        }
    }

    private static func row(_ service: NamespacedName, _ check: HealthCheck) -> [String] {
        let counts = check.localEndpointCounts.sorted { $0.key < $1.key }.map { "\($0.key.rawValue) \($0.value)" }
        return [
            service.description, TransportProtocol.tcp.description, "health check \(check.nodePort)", "-", "-",
            "on this node: \(counts.joined(separator: ", "))",
        ]
    }

    private static func text(_ frontend: Frontend, _ port: ServicePortPlan) -> String {
        let list = { (endpoints: [SocketAddress]) in endpoints.map(\.description).joined(separator: ", ") }
        var parts: [String] =
            switch frontend.action {
            case .balance(let name): [list(port.endpoints(name))]
            case .reject: ["none: reject"]
            case .drop: ["none on this node: drop"]
            }
        if frontend.spansClusterForOwnTraffic && frontend.action != .reject {
            parts.append("for own traffic \(list(port.clusterEndpoints))")
        }
        if let sources = frontend.allowedSources {
            parts.append("only from \(sources.map(\.description).joined(separator: ", "))")
        }
        return parts.joined(separator: "; ")
    }

    private static func aligned(_ rows: [[String]]) -> String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let padded = zip(row, widths).map { cell, width in
                cell + String(repeating: " ", count: width - cell.count)
            }
            return padded.joined(separator: "  ").trimmingTrailingSpaces + "\n"
        }
        .joined()
    }
}

extension String {
    fileprivate var trimmingTrailingSpaces: String {
        String(self[..<(lastIndex { $0 != " " }.map(index(after:)) ?? startIndex)])
    }
}
