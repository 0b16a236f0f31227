import ClusterModel
import NetworkValues

/// What the API server does with a Service that is sent to it, step by step in its order: what is wrong at one step
/// hides what would be wrong at the next.
struct ServiceReview {
    var service: ServiceFields
    /// What it was before; nil if it is new.
    let old: ServiceFields?
    var pools: ServicePools
    /// Given back if all goes well.
    var releasedNodePorts: [Int] = []
    var releasedAddresses: [String] = []

    init(_ service: ServiceFields, from old: ServiceFields?, _ pools: ServicePools) {
        self.service = service
        self.old = old
        self.pools = pools
        self.service.setDefaults()
    }

    /// Goes through all steps.
    mutating func run() throws(Status) {
        if let old {
            service.metadata.namespace = old.metadata.namespace
            service.fillIn(from: old)
            service.normalizeClusterIPs(from: old)
        } else {
            service.metadata.prepareForCreate()
            service.normalizeClusterIPs()
        }
        try initFamilies()
        try allocateClusterIPs()
        try allocateNodePorts()
        if let old {
            service.ingress = old.ingress
            service.metadata.generation = old.metadata.generation
            service.dropDependentFields(from: old)
        } else {
            service.ingress = []
        }
        try validate()
        // It means nothing there, and nobody is shown it.
        if service.isExternalName { service.internalTrafficPolicy = nil }
        for port in releasedNodePorts { pools.release(nodePort: port) }
        for text in releasedAddresses { if let address = IPAddress(text) { pools.release(address) } }
    }

    /// - Throws: if there is anything in these.
    func refuse(_ findings: Findings) throws(Status) {
        if !findings.isEmpty { throw .invalid(.service, service.metadata.name, findings.problems) }
    }

    private func validate() throws(Status) {
        var findings = Findings()
        if let old {
            findings.checkNames(
                service.metadata, name: { NameForm.pathSegment($0) },
                prefix: { NameForm.pathSegment($0, isPrefix: true) })
            findings.checkMetadataChange(service.metadata, from: old.metadata)
            findings.checkMetadataUpdate(service.metadata, from: old.metadata)
            findings.checkClusterIPChange(service, from: old)
            findings.checkFamilyChange(service, from: old)
            findings.checkLoadBalancerClass(service, from: old)
            findings.checkHealthCheckChange(service, from: old)
        } else {
            findings.checkMetadata(service.metadata, NameForm.label)
        }
        findings.checkService(service, from: old)
        try refuse(findings)
    }
}
