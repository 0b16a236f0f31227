import ClusterModel
import NetworkValues
import Threads

extension NodeView {
    /// A line for each field that is not empty.
    package var text: String {
        FieldText.fields(of: self).map { "\($0.name): \($0.text)".printable + "\n" }.joined()
    }
}

extension ProxyPlan {
    /// The plan as a table for people: a line for each frontend, with the endpoints that it uses.
    package var text: String {
        let header = [["SERVICE PORT", "PROTOCOL", "FRONTEND", "MASQUERADE", "AFFINITY", "ENDPOINTS"]]
        let names = services.keys.sorted()
        let rows = names.concurrentMap(inPiecesOf: Self.linesPerPiece) { piece in
            piece.flatMap { name in services[name].map { Self.rows(name, $0) } ?? [] }
        }
        var traffic: [String] = []
        for family in IPFamily.allCases {
            if let own = view.podTraffic[family]?.description, !traffic.contains(own) { traffic.append(own) }
        }
        let node = ["Node \(view.name)"] + (traffic.isEmpty ? [] : ["pod traffic \(traffic.joined(separator: ", "))"])
        let blocks = serviceCIDRs.map(\.description).joined(separator: ", ")
        return node.joined(separator: ", ") + "\n" + (blocks.isEmpty ? "" : "Service CIDRs \(blocks)\n")
            + Self.aligned([header] + rows)
    }

    private static let linesPerPiece = 1024

    private static func rows(_ name: NamespacedName, _ service: ServicePlan) -> [[String]] {
        service.ports.flatMap(rows) + (service.healthCheck.map { [row(name, $0)] } ?? [])
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
        if frontend.bypassesLocalPolicyForOwnTraffic && frontend.action != .reject {
            parts.append("for own traffic \(list(port.clusterEndpoints))")
        }
        if let sources = frontend.allowedSources {
            parts.append("only from \(sources.map(\.description).joined(separator: ", "))")
        }
        return parts.joined(separator: "; ")
    }

    /// - Parameter pieces: Rows of cells, all with as many cells; the last one of a row is not aligned.
    private static func aligned(_ pieces: [[[String]]]) -> String {
        let widths = pieces.concurrentMap(Self.widths).reduce([]) { all, piece in
            all.isEmpty ? piece : piece.isEmpty ? all : zip(all, piece).map(max)
        }
        return pieces.concurrentMap { rows in rows.map { line($0, widths) }.joined() }.joined()
    }

    /// In bytes, which are the characters, as all names are ASCII.
    private static func widths(_ rows: [[String]]) -> [Int] {
        guard var widths = rows.first.map({ $0.map { _ in 0 } }) else { return [] }
        for row in rows {
            for (column, cell) in row.enumerated() { widths[column] = max(widths[column], cell.utf8.count) }
        }
        return widths
    }

    private static func line(_ row: [String], _ widths: [Int]) -> String {
        let last = row.count - 1
        var line = ""
        for column in 0..<last {
            line += row[column]
            line += String(repeating: " ", count: max(0, widths[column] - row[column].utf8.count) + 2)
        }
        return line + row[last] + "\n"
    }
}
