import ClusterModel
import NetworkValues

extension Findings {
    private static let onlyLoadBalancers = "may only be used when `type` is 'LoadBalancer'"

    /// The blocks that a balancer lets in, or the annotation that was there before the field.
    mutating func checkSourceRanges(_ service: ServiceFields, from old: ServiceFields?) {
        guard service.loadBalancerSourceRanges.isEmpty else {
            let path = FieldPath.spec.key("loadBalancerSourceRanges")
            if !service.isLoadBalancer { forbidden(path, Self.onlyLoadBalancers) }
            let existing = Set((old?.loadBalancerSourceRanges ?? []).map { String($0.trimmed) })
            for (index, text) in service.loadBalancerSourceRanges.enumerated() {
                block(path.index(index), String(text.trimmed), existing: existing)
            }
            return
        }
        let key = "service.beta.kubernetes.io/load-balancer-source-ranges"
        guard let text = service.metadata.annotations[key] else { return }
        let path = FieldPath.metadata.key("annotations").entry(key)
        if !service.isLoadBalancer { forbidden(path, Self.onlyLoadBalancers) }
        let list = text.trimmed
        if list.isEmpty || old?.metadata.annotations[key] == text { return }
        for part in list.split(separator: ",", omittingEmptySubsequences: false) {
            block(path, String(String(part).trimmed))
        }
    }

    /// What only balancers have a use for.
    mutating func checkLoadBalancerFields(_ service: ServiceFields) {
        if service.allocateLoadBalancerNodePorts != nil, !service.isLoadBalancer {
            forbidden(FieldPath.spec.key("allocateLoadBalancerNodePorts"), Self.onlyLoadBalancers)
        }
        checkLoadBalancerClassForm(service)
    }

    /// Who makes the balancer cannot change as long as there is one.
    mutating func checkLoadBalancerClass(_ service: ServiceFields, from old: ServiceFields) {
        if old.isLoadBalancer, service.isLoadBalancer, old.loadBalancerClass != service.loadBalancerClass {
            invalid(
                FieldPath.spec.key("loadBalancerClass"), .optional(service.loadBalancerClass), "may not change once set"
            )
        }
        checkLoadBalancerClassForm(service)
    }

    private mutating func checkLoadBalancerClassForm(_ service: ServiceFields) {
        guard let name = service.loadBalancerClass else { return }
        let path = FieldPath.spec.key("loadBalancerClass")
        if service.isLoadBalancer {
            invalid(path, name, NameForm.labelKey(name))
        } else {
            forbidden(path, Self.onlyLoadBalancers)
        }
    }

    /// What a balancer says of itself (`ValidateLoadBalancerStatus`).
    mutating func checkLoadBalancerStatus(_ service: ServiceFields, existing: Set<String>) {
        let path = FieldPath([.key("status"), .key("loadBalancer"), .key("ingress")])
        if !service.isLoadBalancer {
            if !service.ingress.isEmpty { forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'") }
            return
        }
        for (index, ingress) in service.ingress.enumerated() {
            let place = path.index(index)
            if !ingress.ip.isEmpty { address(place.key("ip"), ingress.ip, existing: existing) }
            if let mode = ingress.ipMode {
                if ingress.ip.isEmpty {
                    forbidden(place.key("ipMode"), "may not be specified when `ip` is not set")
                } else {
                    supported(place.key("ipMode"), mode, ["Proxy", "VIP"])
                }
            }
            if ingress.hostname.isEmpty { continue }
            invalid(place.key("hostname"), ingress.hostname, NameForm.subdomain(ingress.hostname))
            if IPAddress(ingress.hostname) != nil {
                invalid(place.key("hostname"), .text(ingress.hostname), "must be a DNS name, not an IP address")
            }
        }
    }
}
