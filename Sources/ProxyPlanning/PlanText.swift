import ClusterModel
import NetworkValues

extension ProxyPlan {
    /// The plan as a table for people: a line for each frontend, with the endpoints that it uses.
    public var text: String {
        let header = [["SERVICE PORT", "PROTOCOL", "FRONTEND", "MASQUERADE", "AFFINITY", "ENDPOINTS"]]
        let rows = services.sorted { $0.key < $1.key }.flatMap { $0.value.ports.flatMap(Self.rows) }
        let sources = IPFamily.allCases.compactMap { view.localSources[$0]?.description }
        let node = ["Node \(view.name)"] + (sources.isEmpty ? [] : ["own sources \(sources.joined(separator: ", "))"])
        return (node.joined(separator: ", ") + "\n" + Self.aligned(header + rows))
    }

    private static func rows(_ port: ServicePortPlan) -> [[String]] {
        port.frontends.map { frontend in
            [
                port.name.description, port.name.transportProtocol.description,
                "\(frontend.kind.rawValue) \(frontend.address)", frontend.masquerading.rawValue,
                port.affinitySeconds.map { "\($0)s" } ?? "-", text(frontend.action),
            ]
        }
    }

    private static func text(_ action: FrontendAction) -> String {
        switch action {
        case .balance(let endpoints): endpoints.map(\.description).joined(separator: ", ")
        case .reject: "none: reject"
        case .drop: "none on this node: drop"
        }
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
