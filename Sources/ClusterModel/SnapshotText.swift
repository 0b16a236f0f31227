extension ClusterSnapshot {
    /// What is known of the cluster: a line for each object, sorted by kind and name.
    package var text: String {
        lines("Node", nodes) + lines("ServiceCIDR", serviceCIDRs) + lines("Service", services)
            + lines("EndpointSlice", Dictionary(uniqueKeysWithValues: slices.all.map { ($0.metadata.name, $0) }))
            + lines("Pod", Dictionary(uniqueKeysWithValues: pods.all.map { ($0.metadata.name, $0) }))
            + legacyEndpoints.sorted { $0.key < $1.key }.flatMap { name, slices in
                slices.map { "Endpoints \(name) \(FieldText.line($0))\n" }
            }.joined()
    }

    private func lines<Name: Comparable & CustomStringConvertible, Object>(
        _ kind: String, _ objects: [Name: Object]
    ) -> String {
        objects.sorted { $0.key < $1.key }.map { "\(kind) \($0.key) \(FieldText.line($0.value))\n" }.joined()
    }
}
