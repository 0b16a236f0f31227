public import NetworkValues

/// A Node. The corresponding API type is `v1.Node`.
public struct Node: Hashable, Sendable {
    /// `metadata`.
    public var metadata: ObjectMetadata
    /// `status.addresses` of type `InternalIP`, then those of type `ExternalIP`, each in the order given.
    public var addresses: [IPAddress]
    /// `spec.podCIDRs`, or `spec.podCIDR` alone.
    public var podCIDRs: [IPPrefix]

    /// A Node.
    public init(metadata: ObjectMetadata, addresses: [IPAddress] = [], podCIDRs: [IPPrefix] = []) {
        self.metadata = metadata
        self.addresses = addresses
        self.podCIDRs = podCIDRs
    }
}

/// A Pod, kept for what a control plane would do with it. The corresponding API type is `v1.Pod`.
public struct Pod: Hashable, Sendable {
    /// `metadata`.
    public var metadata: ObjectMetadata

    /// A Pod.
    public init(metadata: ObjectMetadata) {
        self.metadata = metadata
    }
}
