import ClusterModel
import NetworkValues

/// What of a Service may be served here.
///
/// The API server gives cluster IPs and node ports out of its own ranges, so that nobody gets a pod's, a node's or somebody
/// else's address, or the port of the node's SSH server. Files can say anything; whoever tells the ranges is protected in
/// the same way.
struct ServiceAdmission {
    /// `--service-cluster-ip-range`; empty if any is taken.
    let clusterIPRanges: [IPPrefix]
    /// `--service-node-port-range`; nil if any is taken.
    let nodePortRange: ClosedRange<UInt16>?
    /// The blocks of the ServiceCIDRs that are known, perhaps not of all.
    let serviceCIDRs: [IPPrefix]
    /// The node's own addresses, at most one per family.
    let nodeAddresses: [IPAddress]

    init(_ settings: ProxySettings, _ plan: ProxyPlan) {
        clusterIPRanges = settings.serviceClusterIPRanges
        nodePortRange = settings.serviceNodePortRange
        serviceCIDRs = plan.serviceCIDRs
        nodeAddresses = Array(plan.view.addresses.values)
    }

    /// The Service without what may not be served, and what is to be said about it.
    func admit(_ service: Service) -> (service: Service, diagnostics: [Diagnostic]) {
        var admitted = service
        var diagnostics: [Diagnostic] = []
        let report = { (severity: Diagnostic.Severity, path: String, message: String) in
            let object = "Service \(service.metadata.name)"
            diagnostics.append(Diagnostic(severity, object: object, path: path, message))
        }
        let clusterIPs = service.clusterIPs.addresses.filter { address in
            if !clusterIPRanges.isEmpty, !clusterIPRanges.contains(where: { $0.contains(address) }) {
                let blocks = clusterIPRanges.map(\.description).joined(separator: ",")
                report(
                    .error, "spec.clusterIPs",
                    "cluster IP \(address) is not in --service-cluster-ip-range \(blocks); it is not served")
                return false
            }
            if nodeAddresses.contains(address) {
                report(
                    .warning, "spec.clusterIPs",
                    "cluster IP \(address) is this node's own address, whose ports it takes")
            } else if clusterIPRanges.isEmpty, isOutsideServiceCIDRs(address) {
                report(.warning, "spec.clusterIPs", "cluster IP \(address) is in no ServiceCIDR that is known")
            }
            return true
        }
        if clusterIPs.count != service.clusterIPs.addresses.count {
            admitted.clusterIPs = Service.ClusterIPs(clusterIPs)
        }
        for address in service.externalIPs where nodeAddresses.contains(address) {
            report(
                .warning, "spec.externalIPs", "external IP \(address) is this node's own address, whose ports it takes")
        }
        for index in service.ports.indices
        where refuses(service.ports[index].nodePort, "spec.ports[\(index)].nodePort", report) {
            admitted.ports[index].nodePort = 0
        }
        if refuses(service.healthCheckNodePort, "spec.healthCheckNodePort", report) { admitted.healthCheckNodePort = 0 }
        return (admitted, diagnostics)
    }

    private func isOutsideServiceCIDRs(_ address: IPAddress) -> Bool {
        let blocks = serviceCIDRs.filter { $0.family == address.family }
        return !blocks.isEmpty && !blocks.contains { $0.contains(address) }
    }

    private func refuses(
        _ port: UInt16, _ path: String, _ report: (Diagnostic.Severity, String, String) -> Void
    ) -> Bool {
        let privilegedMax = 1023
        guard port != 0 else { return false }
        if let nodePortRange {
            if nodePortRange.contains(port) { return false }
            let range = "\(nodePortRange.lowerBound)-\(nodePortRange.upperBound)"
            report(.error, path, "port \(port) is not in --service-node-port-range \(range); it is not served")
            return true
        }
        if port <= privilegedMax {
            report(
                .warning, path, "port \(port) may be that of one of the node's own servers, whose connections it takes")
        }
        return false
    }
}
