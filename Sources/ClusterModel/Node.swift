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
    /// Whether the condition `Ready` of `status.conditions` is `True`; false if there is none.
    package var isReady: Bool
    /// `status.allocatable.cpu`, or `status.capacity.cpu` if that is absent, in thousandths of a processor, rounded up; nil if
    /// absent.
    package var allocatableMilliCPU: Int?

    package init(
        metadata: ObjectMetadata, addresses: [IPAddress] = [], podCIDRs: [IPPrefix] = [], taintKeys: [String] = [],
        isReady: Bool = false, allocatableMilliCPU: Int? = nil
    ) {
        self.metadata = metadata
        self.addresses = addresses
        self.podCIDRs = podCIDRs
        self.taintKeys = taintKeys
        self.isReady = isReady
        self.allocatableMilliCPU = allocatableMilliCPU
    }
}
