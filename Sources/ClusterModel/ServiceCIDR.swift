public import NetworkValues

/// Blocks out of which the cluster IPs of Services are given. The corresponding API type is `networking.k8s.io/v1.ServiceCIDR`
/// (KEP-1880).
public struct ServiceCIDR: Hashable, Sendable {
    /// `metadata`.
    public var metadata: ObjectMetadata
    /// `spec.cidrs`, at most one per family.
    public var cidrs: [IPPrefix]

    /// A ServiceCIDR.
    public init(metadata: ObjectMetadata, cidrs: [IPPrefix]) {
        self.metadata = metadata
        self.cidrs = cidrs
    }
}
