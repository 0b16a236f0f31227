package import ClusterModel

/// A Service as it was sent (`v1.Service`), as far as the API server looks at it: the words and numbers as they are,
/// whether they mean something or not. The rules are held against these, not against ``ClusterModel/Service``, which
/// can only be right.
package struct ServiceFields: Hashable, Sendable {
    package enum TargetPort: Hashable, Sendable {
        case number(Int)
        case name(String)
    }

    package struct Port: Hashable, Sendable {
        package var name: String
        package var transportProtocol: String
        package var appProtocol: String?
        package var port: Int
        package var targetPort: TargetPort
        package var nodePort: Int
    }

    /// `status.loadBalancer.ingress[]`.
    package struct Ingress: Hashable, Sendable {
        package var ip: String
        package var hostname: String
        package var ipMode: String?
    }

    /// `sessionAffinityConfig`, in which each of the levels may be missing.
    package enum AffinityConfig: Hashable, Sendable {
        case absent
        case withoutClientIP
        case withoutTimeout
        case timeout(seconds: Int)
    }

    package var metadata: MetadataFields
    package var type: String
    package var ports: [Port]
    package var selector: [String: String]
    package var clusterIP: String
    /// Nil if there are none.
    package var clusterIPs: [String]?
    package var ipFamilies: [String]?
    package var ipFamilyPolicy: String?
    package var externalIPs: [String]
    package var externalName: String
    package var externalTrafficPolicy: String
    package var internalTrafficPolicy: String?
    package var healthCheckNodePort: Int
    package var allocateLoadBalancerNodePorts: Bool?
    package var loadBalancerClass: String?
    package var loadBalancerIP: String
    package var loadBalancerSourceRanges: [String]
    package var sessionAffinity: String
    package var affinityConfig: AffinityConfig
    package var publishNotReadyAddresses: Bool
    package var trafficDistribution: String?
    package var ingress: [Ingress]

    /// Reads a Service that has the right types.
    package init(_ value: DocumentValue) {
        metadata = MetadataFields(value["metadata"])
        let spec = value["spec"]
        type = spec.text("type")
        ports = (spec?["ports"].values ?? []).map { Port($0) }
        selector = spec?["selector"].stringMap ?? [:]
        clusterIP = spec.text("clusterIP")
        clusterIPs = spec?["clusterIPs"].texts
        ipFamilies = spec?["ipFamilies"].texts
        ipFamilyPolicy = spec?["ipFamilyPolicy"]?.string
        externalIPs = spec?["externalIPs"].texts ?? []
        externalName = spec.text("externalName")
        externalTrafficPolicy = spec.text("externalTrafficPolicy")
        internalTrafficPolicy = spec?["internalTrafficPolicy"]?.string
        healthCheckNodePort = spec?["healthCheckNodePort"]?.writtenInteger ?? 0
        allocateLoadBalancerNodePorts = spec?["allocateLoadBalancerNodePorts"]?.boolean
        loadBalancerClass = spec?["loadBalancerClass"]?.string
        loadBalancerIP = spec.text("loadBalancerIP")
        loadBalancerSourceRanges = spec?["loadBalancerSourceRanges"].texts ?? []
        sessionAffinity = spec.text("sessionAffinity")
        affinityConfig = AffinityConfig(spec?["sessionAffinityConfig"])
        publishNotReadyAddresses = spec?["publishNotReadyAddresses"]?.boolean ?? false
        trafficDistribution = spec?["trafficDistribution"]?.string
        ingress = (value["status"]?["loadBalancer"]?["ingress"].values ?? []).map { ingress in
            Ingress(ip: ingress.text("ip"), hostname: ingress.text("hostname"), ipMode: ingress["ipMode"]?.string)
        }
    }
}

extension ServiceFields.Port {
    fileprivate init(_ value: DocumentValue) {
        let target = value["targetPort"]
        self.init(
            name: value.text("name"), transportProtocol: value.text("protocol"),
            appProtocol: value["appProtocol"]?.string, port: value["port"]?.writtenInteger ?? 0,
            targetPort: target?.string.map { .name($0) } ?? .number(target?.writtenInteger ?? 0),
            nodePort: value["nodePort"]?.writtenInteger ?? 0)
    }
}

extension ServiceFields.AffinityConfig {
    fileprivate init(_ value: DocumentValue?) {
        guard let value else {
            self = .absent
            return
        }
        guard let clientIP = value["clientIP"] else {
            self = .withoutClientIP
            return
        }
        self = clientIP["timeoutSeconds"]?.writtenInteger.map { .timeout(seconds: $0) } ?? .withoutTimeout
    }
}

// MARK: What follows from the fields

extension ServiceFields {
    package var isExternalName: Bool { type == "ExternalName" }
    var isLoadBalancer: Bool { type == "LoadBalancer" }
    var isNodePort: Bool { type == "NodePort" }

    /// Whether it is found by DNS alone.
    var isHeadless: Bool { clusterIPs == ["None"] }

    /// Whether it has node ports by its type.
    var hasNodePorts: Bool { isNodePort || isLoadBalancer }

    /// Whether it can be reached from outside the cluster.
    var isExternallyAccessible: Bool { hasNodePorts || type == "ClusterIP" && !externalIPs.isEmpty }

    /// Whether a balancer asks a port of its own which nodes have endpoints.
    var needsHealthCheck: Bool { isLoadBalancer && externalTrafficPolicy == "Local" }

    /// Whether ports that ask for no node port get one.
    var allocatesNodePorts: Bool { isNodePort || isLoadBalancer && allocateLoadBalancerNodePorts ?? true }
}
