package import NetworkValues

/// Blocks out of which the cluster IPs of Services are given. The corresponding API type is `networking.k8s.io/v1.ServiceCIDR`
/// (KEP-1880).
package struct ServiceCIDR: Hashable, Sendable {
    /// `metadata`.
    package var metadata: ObjectMetadata
    /// `spec.cidrs`, at most one per family.
    package var cidrs: [IPPrefix]

    /// A ServiceCIDR.
    package init(metadata: ObjectMetadata, cidrs: [IPPrefix]) {
        self.metadata = metadata
        self.cidrs = cidrs
    }
}
