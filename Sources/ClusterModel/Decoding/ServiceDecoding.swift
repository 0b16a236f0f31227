import NetworkValues

extension FieldReader {
    /// A Service, with the API's defaults for what is not given and its checks of what is (`ValidateService`), as far as
    /// the fields are kept. What the API itself fills in, such as a cluster IP, may be absent.
    mutating func service(_ value: DocumentValue, _ metadata: ObjectMetadata) -> Service {
        var service = Service(metadata: metadata)
        var type: Service.ServiceType?
        let isRead =
            object(value, "spec") { reader, spec in
                type = reader.readSpec(spec, &service)
                return true
            } ?? false
        if !isRead, value["spec"] == nil { refuse("spec", .required().at(.key("ports"))) }
        service.loadBalancerIPs =
            object(value, "status") { reader, status in
                reader.object(status, "loadBalancer") { $0.loadBalancerIPs($1, type) } ?? []
            } ?? []
        return service
    }

    /// - Returns: the Service's type; nil if it is wrong.
    private mutating func readSpec(_ spec: DocumentValue, _ service: inout Service) -> Service.ServiceType? {
        let type = word(spec, "type", default: Service.ServiceType.clusterIP)
        service.type = type ?? .clusterIP
        var mayHaveNoPorts = type == nil || type == .externalName
        // An API object may keep the cluster IP of the time before it was made an ExternalName.
        if type != .externalName {
            let clusterIPs = clusterIPs(spec)
            mayHaveNoPorts = mayHaveNoPorts || clusterIPs == nil || clusterIPs == .headless
            service.clusterIPs = clusterIPs ?? .unset
        }
        service.ports = servicePorts(spec, type, mayHaveNoPorts: mayHaveNoPorts)
        readEndpointFields(spec, &service)
        service.sessionAffinity = sessionAffinity(spec)
        service.internalTrafficPolicy = word(spec, "internalTrafficPolicy", default: .cluster) ?? .cluster
        if spec["trafficDistribution"] != nil {
            service.trafficDistribution = word(spec, "trafficDistribution", default: .preferClose)
        }
        service.externalIPs = strings(spec, "externalIPs") { reader, text, _ in
            guard let address = reader.address(text) else { return nil }
            if let problem = FieldProblem.specialAddress(address) {
                reader.refuse(nil, problem)
            } else if let problem = FieldProblem.unusableAddress(address) {
                reader.note(nil, problem)
                return nil
            }
            return address
        }
        service.loadBalancerSourceRanges = strings(spec, "loadBalancerSourceRanges") { reader, text, _ in
            reader.prefix(text)
        }
        readExternalTraffic(spec, &service)
        return type
    }

    /// What says of which families the Service is, and where its endpoints are found.
    private mutating func readEndpointFields(_ spec: DocumentValue, _ service: inout Service) {
        service.ipFamilies = strings(spec, "ipFamilies") { reader, text, _ in
            let family = IPFamily(rawValue: text)
            if family == nil { reader.refuse(nil, .notSupported(text, IPFamily.allCases.map(\.rawValue))) }
            return family
        }
        if spec["ipFamilyPolicy"] != nil {
            service.ipFamilyPolicy = word(spec, "ipFamilyPolicy", default: .singleStack)
        }
        service.selector = stringMap(spec, "selector")
        service.publishesNotReadyAddresses = boolean(spec, "publishNotReadyAddresses") ?? false
        service.externalName = string(spec, "externalName")
    }

    /// How it is reached from outside.
    private mutating func readExternalTraffic(_ spec: DocumentValue, _ service: inout Service) {
        service.externalTrafficPolicy = word(spec, "externalTrafficPolicy", default: .cluster) ?? .cluster
        service.healthCheckNodePort = port(spec, "healthCheckNodePort") ?? 0
        service.allocatesLoadBalancerNodePorts = boolean(spec, "allocateLoadBalancerNodePorts") ?? true
    }

    /// `clusterIPs`, or `clusterIP` alone; nil if something is not a string, which has been reported.
    private mutating func clusterIPs(_ spec: DocumentValue) -> Service.ClusterIPs? {
        let single = field(spec, "clusterIP")
        guard let texts = texts(spec, "clusterIPs"), !single.isWrong else { return nil }
        if single.value == "None" || texts.first == "None" { return .headless }
        if texts.isEmpty {
            let address = single.value.flatMap { clusterIP($0, "clusterIP") }
            return address.map { .allocated([$0]) } ?? .unset
        }
        let addresses = strings(spec, "clusterIPs") { reader, text, _ in reader.clusterIP(text) }
        if texts.count > 2 {
            refuse("clusterIPs", .invalid(.texts(texts), "may only hold up to 2 values"))
        } else if Set(addresses.map(\.family)).count < addresses.count {
            refuse("clusterIPs", .invalid(.texts(texts), "may specify no more than one IP for each IP family"))
        }
        return Service.ClusterIPs(addresses)
    }

    /// A cluster IP. The API gives only those of its ranges, where none of these is.
    private mutating func clusterIP(_ text: String, _ key: String? = nil) -> IPAddress? {
        guard let address = address(text, key) else { return nil }
        guard let problem = FieldProblem.unusableAddress(address) else { return address }
        refuse(key, problem)
        return nil
    }

    private mutating func sessionAffinity(_ spec: DocumentValue) -> Service.SessionAffinity {
        enum Mode: String, CaseIterable {
            case off = "None"
            case clientIP = "ClientIP"
        }
        let secondsMax = 86400
        let mode = word(spec, "sessionAffinity", default: Mode.off)
        guard mode == .clientIP else { return .none }
        let seconds =
            object(spec, "sessionAffinityConfig") { reader, config in
                reader.object(config, "clientIP") { reader, clientIP -> Int? in
                    guard let seconds = reader.integer(clientIP, "timeoutSeconds") else { return nil }
                    guard (1...secondsMax).contains(seconds) else {
                        let detail = "must be greater than 0 and less than \(secondsMax)"
                        reader.refuse("timeoutSeconds", .invalid(.number(seconds), detail))
                        return nil
                    }
                    return seconds
                }
            } ?? nil
        // The API's default, three hours (`DefaultClientIPServiceAffinitySeconds`).
        return .clientIP(timeoutSeconds: UInt32((seconds ?? nil) ?? 10800))
    }

    /// What a balancer has said of itself; what cannot be served is left out.
    private mutating func loadBalancerIPs(_ status: DocumentValue, _ type: Service.ServiceType?) -> [IPAddress] {
        enum Mode: String, CaseIterable {
            case vip = "VIP"
            case proxy = "Proxy"
        }
        if let type, type != .loadBalancer, status["ingress"]?.elements.isEmpty == false {
            note("ingress", .forbidden("may only be used when `spec.type` is 'LoadBalancer'"))
            return []
        }
        return objects(status, "ingress") { reader, ingress, _ in
            guard let text = reader.string(ingress, "ip"), let address = reader.address(text, "ip") else { return nil }
            guard reader.word(ingress, "ipMode", default: Mode.vip) == .vip else { return nil }
            guard let problem = FieldProblem.unusableAddress(address) else { return address }
            reader.note("ip", problem)
            return nil
        }
    }
}
