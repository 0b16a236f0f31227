package import ClusterModel
import NetworkValues

extension Service {
    /// The columns of `kubectl get services` (`pkg/printers/internalversion/printers.go` of Kubernetes).
    ///
    /// - Parameters:
    ///   - isWide: With the selector, and the addresses of load balancers in full.
    ///   - hasNamespaces: With the namespace in front, as for all namespaces.
    package static func table(
        _ services: [Service], isWide: Bool, hasNamespaces: Bool, now: Timestamp
    ) -> TextTable {
        let heading = ["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"]
        var table = TextTable((hasNamespaces ? ["NAMESPACE"] : []) + heading + (isWide ? ["SELECTOR"] : []))
        for service in services {
            let name = service.metadata.name
            let ports = service.ports.map { port in
                "\(port.port)\(port.nodePort == 0 ? "" : ":\(port.nodePort)")/\(port.transportProtocol.rawValue)"
            }
            let row = [
                name.name, service.type.rawValue, service.clusterIPs.texts.first ?? "",
                service.externalText(isWide: isWide),
                ports.joined(separator: ","), service.metadata.ageText(at: now),
            ]
            let selector = service.selector.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            table.append(
                (hasNamespaces ? [name.namespace] : []) + row + (isWide ? [selector.joined(separator: ",")] : []))
        }
        return table
    }

    private func externalText(isWide: Bool) -> String {
        switch type {
        case .externalName: return externalName ?? ""
        case .clusterIP, .nodePort: return externalIPs.map(\.description).joined(separator: ",")
        case .loadBalancer:
            var balancers = Set(loadBalancerIPs.map(\.description)).sorted().joined(separator: ",")
            let widthMax = 16
            if !isWide, balancers.count > widthMax { balancers = balancers.prefix(widthMax - 3) + "..." }
            let all = (balancers.isEmpty ? [] : [balancers]) + externalIPs.map(\.description)
            return all.isEmpty ? "<pending>" : all.joined(separator: ",")
        }
    }
}

extension ObjectMetadata {
    /// How old the object is; `<unknown>` if it does not say.
    func ageText(at now: Timestamp) -> String {
        creationTimestamp.map { Self.ageText(seconds: now.seconds - $0.seconds) } ?? "<unknown>"
    }

    /// As kubectl writes it (`k8s.io/apimachinery/pkg/util/duration`): two units at most, and one if it is not short.
    static func ageText(seconds: Int64) -> String {
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400)
        func pair(_ large: Int64, _ unit: String, _ small: Int64, _ smallUnit: String) -> String {
            small == 0 ? "\(large)\(unit)" : "\(large)\(unit)\(small)\(smallUnit)"
        }
        switch seconds {
        case ..<(-1): return "<invalid>"
        case ..<0: return "0s"
        case ..<120: return "\(seconds)s"
        default: break
        }
        if minutes < 10 { return pair(minutes, "m", seconds % 60, "s") }
        if minutes < 180 { return "\(minutes)m" }
        if hours < 8 { return pair(hours, "h", minutes % 60, "m") }
        if hours < 48 { return "\(hours)h" }
        if days < 8 { return pair(days, "d", hours % 24, "h") }
        if days < 365 * 2 { return "\(days)d" }
        if days < 365 * 8 { return pair(days / 365, "y", days % 365, "d") }
        return "\(days / 365)y"
    }
}
