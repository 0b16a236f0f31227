package import NetworkValues

/// A Node. The corresponding API type is `v1.Node`.
package struct Node: Hashable, Sendable {
    /// `metadata`.
    package var metadata: ObjectMetadata
    /// `status.addresses` of type `InternalIP`, then those of type `ExternalIP`, each in the order given.
    package var addresses: [IPAddress]
    /// `spec.podCIDRs`, or `spec.podCIDR` alone.
    package var podCIDRs: [IPPrefix]
    /// `spec.taints[].key`, whatever their effect.
    package var taintKeys: [String]

    package init(
        metadata: ObjectMetadata, addresses: [IPAddress] = [], podCIDRs: [IPPrefix] = [], taintKeys: [String] = []
    ) {
        self.metadata = metadata
        self.addresses = addresses
        self.podCIDRs = podCIDRs
        self.taintKeys = taintKeys
    }
}
