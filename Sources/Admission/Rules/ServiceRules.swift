import ClusterModel

extension Findings {
    /// The rules for a Service that is new or changed (`validateService`), in the server's order.
    mutating func checkService(_ service: ServiceFields, from old: ServiceFields?) {
        checkTopologyAnnotations(service.metadata)
        let spec = FieldPath.spec
        if service.ports.isEmpty, !service.isHeadless, !service.isExternalName { required(spec.key("ports")) }
        checkTypeFields(service)
        checkPorts(service)
        checkLabels(service.selector, spec.key("selector"))
        checkSessionAffinity(service)
        // Of a new one that has been looked at before addresses were given.
        if old != nil { checkClusterIPs(service, from: old) }
        let existing = Set(old?.externalIPs ?? [])
        for (index, text) in service.externalIPs.enumerated() {
            let path = spec.key("externalIPs").index(index)
            let problems = existing.contains(text) ? [] : AddressForm.problems(text)
            invalid(path, text, problems.isEmpty ? AddressForm.specialProblems(text) : problems)
        }
        supported(spec.key("type"), service.type, ServiceWords.types)
        checkNodePorts(service)
        checkPortPairs(service)
        checkSourceRanges(service, from: old)
        checkLoadBalancerFields(service)
        checkExternalTraffic(service)
        if let policy = service.internalTrafficPolicy {
            supported(spec.key("internalTrafficPolicy"), policy, ServiceWords.policies)
        }
        let distributions = ServiceWords.distributions
        if let distribution = service.trafficDistribution, !distributions.contains(distribution) {
            let list = distributions.map { quoted($0) }.joined(separator: ", ")
            add(
                FieldProblem(
                    reason: .notSupported, badValue: .text(distribution), detail: "supported values: \(list)"),
                spec.key("trafficDistribution"))
        }
    }

    private mutating func checkTopologyAnnotations(_ metadata: MetadataFields) {
        let (new, old) = ("service.kubernetes.io/topology-mode", "service.kubernetes.io/topology-aware-hints")
        guard let mode = metadata.annotations[new], let hints = metadata.annotations[old], mode != hints else { return }
        invalid(
            FieldPath.metadata.key("annotations").entry(new), .text(mode),
            "must match annotations[\(old)] when both are specified")
    }

    /// What may not be there with the type, or has to be.
    private mutating func checkTypeFields(_ service: ServiceFields) {
        let spec = FieldPath.spec
        if service.hasNodePorts, service.isHeadless {
            invalid(
                spec.key("clusterIPs").index(0), .text("None"), "may not be set to 'None' for \(service.type) services")
        }
        guard service.isExternalName else { return }
        let words = "may not be set for ExternalName services"
        if service.clusterIPs != nil { forbidden(spec.key("clusterIPs"), words) }
        if service.ipFamilies != nil { forbidden(spec.key("ipFamilies"), words) }
        if service.ipFamilyPolicy != nil { forbidden(spec.key("ipFamilyPolicy"), words) }
        let name = service.externalName.hasSuffix(".") ? String(service.externalName.dropLast()) : service.externalName
        if name.isEmpty {
            required(spec.key("externalName"))
        } else {
            invalid(spec.key("externalName"), name, NameForm.subdomain(name))
        }
    }

    private mutating func checkSessionAffinity(_ service: ServiceFields) {
        supported(FieldPath.spec.key("sessionAffinity"), service.sessionAffinity, ServiceWords.affinities)
        // The defaults leave no configuration without affinity, and none without a timeout.
        guard service.sessionAffinity == "ClientIP", case .timeout(let seconds) = service.affinityConfig else { return }
        let secondsMax = 86400
        if !(1...secondsMax).contains(seconds) {
            invalid(
                FieldPath.spec.key("sessionAffinityConfig").key("clientIP").key("timeoutSeconds"), .number(seconds),
                "must be greater than 0 and less than \(secondsMax)")
        }
    }

    private mutating func checkExternalTraffic(_ service: ServiceFields) {
        if service.isExternallyAccessible {
            supported(
                FieldPath.spec.key("externalTrafficPolicy"), service.externalTrafficPolicy, ServiceWords.policies)
        } else if !service.externalTrafficPolicy.isEmpty {
            invalid(
                FieldPath.spec.key("externalTrafficPolicy"), .text(service.externalTrafficPolicy),
                "may only be set for externally-accessible services")
        }
        let port = service.healthCheckNodePort
        if port == 0, !service.needsHealthCheck { return }
        let portPath = FieldPath.spec.key("healthCheckNodePort")
        if !service.needsHealthCheck {
            let words = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
            invalid(portPath, .number(port), words)
        } else if port == 0 {
            required(portPath)
        } else {
            portNumber(portPath, port)
        }
    }

    /// A balancer has learnt the port; it stays.
    mutating func checkHealthCheckChange(_ service: ServiceFields, from old: ServiceFields) {
        guard old.needsHealthCheck, service.needsHealthCheck else { return }
        if service.healthCheckNodePort != old.healthCheckNodePort {
            forbidden(FieldPath.spec.key("healthCheckNodePort"), "field is immutable")
        }
    }
}

/// The words that fields of a Service know.
enum ServiceWords {
    static let types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"]
    static let policies = ["Cluster", "Local"]
    static let affinities = ["ClientIP", "None"]
    static let families = ["IPv4", "IPv6"]
    static let familyPolicies = ["PreferDualStack", "RequireDualStack", "SingleStack"]
    /// In the order of the server's answers.
    static let distributions = ["PreferClose", "PreferSameZone", "PreferSameNode"]
}
