package import NetworkValues

/// A Node. The corresponding API type is `v1.Node`.
package struct Node: Hashable, Sendable {
    /// `metadata`.
    package var metadata: ObjectMetadata
    /// `status.addresses` of type `InternalIP`, then those of type `ExternalIP`, each in the order given.
    package var addresses: [IPAddress]
    /// `spec.podCIDRs`, or `spec.podCIDR` alone.
    package var podCIDRs: [IPPrefix]

    /// A Node.
    package init(metadata: ObjectMetadata, addresses: [IPAddress] = [], podCIDRs: [IPPrefix] = []) {
        self.metadata = metadata
        self.addresses = addresses
        self.podCIDRs = podCIDRs
    }
}
