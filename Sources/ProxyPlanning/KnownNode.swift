import ClusterModel
import NetworkValues

/// This node as it was last known.
///
/// A Node object that goes mostly comes back, as when a kubelet registers again: what it said goes on to hold, as in
/// kube-proxy. One that has just come back may not have got its addresses and pod CIDR blocks again yet.
struct KnownNode {
    private(set) var node: Node?
    private var isGone = false
    private var lacksBlocks = false

    /// Takes note of the object; nil if it is gone or not yet known.
    mutating func update(to current: Node?) {
        isGone = current == nil && node != nil
        guard var current else { return }
        lacksBlocks = current.podCIDRs.isEmpty
        if current.podCIDRs.isEmpty { current.podCIDRs = node?.podCIDRs ?? [] }
        if current.addresses.isEmpty { current.addresses = node?.addresses ?? [] }
        node = current
    }

    /// What is not as it was meant.
    func diagnostics(_ settings: ProxySettings) -> [Diagnostic] {
        let warning = { (path: String?, message: String) in
            [Diagnostic(.warning, object: "Node \(settings.nodeName)", path: path, message)]
        }
        let needsBlocks = settings.detectLocalMode == .nodeCIDR
        if needsBlocks, node?.podCIDRs.isEmpty ?? true {
            return warning(
                "spec.podCIDRs", "not known: no traffic counts as from outside the cluster (NodeCIDR)")
        }
        if isGone { return warning(nil, "it is gone; its last zone, addresses and pod CIDR blocks still hold") }
        if needsBlocks && lacksBlocks {
            return warning("spec.podCIDRs", "it has none any more; the last ones still hold")
        }
        return []
    }
}
