import NetworkValues

extension FieldReader {
    /// A Service, with the API's defaults for what is not given and its checks of what is (`ValidateService`), as far as
    /// the fields are kept. What the API itself fills in, such as a cluster IP, may be absent.
    mutating func service(_ value: JSONValue, _ metadata: ObjectMetadata) -> Service {
        var service = Service(metadata: metadata)
        let isRead =
            object(value, "spec") { reader, spec in
                reader.readSpec(spec, &service)
                return true
            } ?? false
        if !isRead, value["spec"] == nil { refuse("spec.ports", "Required value") }
        service.loadBalancerIPs =
            object(value, "status") { reader, status in
                reader.object(status, "loadBalancer") { $0.loadBalancerIPs($1) } ?? []
            } ?? []
        return service
    }

    private mutating func readSpec(_ spec: JSONValue, _ service: inout Service) {
        service.type = word(spec, "type", default: .clusterIP)
        var isHeadless = false
        // An API object may keep the cluster IP of the time before it was made an ExternalName.
        if service.type != .externalName {
            (service.clusterIPs, isHeadless) = clusterIPs(spec, service.type)
        }
        let mayHaveNoPorts = isHeadless || service.type == .externalName
        service.ports = servicePorts(spec, service.type, mayHaveNoPorts: mayHaveNoPorts)
        service.sessionAffinity = sessionAffinity(spec)
        service.internalTrafficPolicy = word(spec, "internalTrafficPolicy", default: .cluster)
        service.externalTrafficPolicy = word(spec, "externalTrafficPolicy", default: .cluster)
        if spec["trafficDistribution"] != nil {
            service.trafficDistribution = word(spec, "trafficDistribution", default: .preferClose)
        }
        service.externalIPs = strings(spec, "externalIPs") { reader, text, _ in
            guard let address = reader.address(text) else { return nil }
            if let problem = Self.specialAddress(address) { reader.refuse(nil, problem) }
            return address
        }
        service.loadBalancerSourceRanges = strings(spec, "loadBalancerSourceRanges") { reader, text, _ in
            reader.prefix(text)
        }
        service.healthCheckNodePort = port(spec, "healthCheckNodePort")
        checkExternalTraffic(spec, service)
    }

    /// What may only be there if the Service can be reached from outside.
    private mutating func checkExternalTraffic(_ spec: JSONValue, _ service: Service) {
        let isBalanced = service.type == .loadBalancer
        let isExternal = isBalanced || service.type == .nodePort || !service.externalIPs.isEmpty
        if !isExternal, let policy = string(spec, "externalTrafficPolicy") {
            refuse(
                "externalTrafficPolicy",
                "Invalid value: \(quoted(policy)): may only be set for externally-accessible services")
        }
        if !isBalanced, spec["loadBalancerSourceRanges"]?.elements.isEmpty == false {
            refuse("loadBalancerSourceRanges", "Forbidden: may only be used when `type` is 'LoadBalancer'")
        }
        if service.healthCheckNodePort != 0, !isBalanced || service.externalTrafficPolicy != .local {
            refuse(
                "healthCheckNodePort",
                "Invalid value: \(service.healthCheckNodePort): may only be set when `type` is 'LoadBalancer' and "
                    + "`externalTrafficPolicy` is 'Local'")
        }
    }

    /// `clusterIPs`, or `clusterIP` alone, without `None`; and whether it is `None`.
    private mutating func clusterIPs(
        _ spec: JSONValue, _ type: Service.ServiceType
    ) -> (addresses: [IPAddress], isHeadless: Bool) {
        let single = string(spec, "clusterIP")
        let texts = strings(spec, "clusterIPs") { _, text, _ in text }
        if let single, let first = texts.first, single != first {
            refuse("clusterIPs", "Invalid value: \(list(texts)): first value must match `clusterIP`")
        }
        if single == "None" || texts.first == "None" {
            if texts.count > 1 {
                refuse("clusterIPs", "Invalid value: \(list(texts)): 'None' must be the first and only value")
            }
            if type != .clusterIP {
                refuse(
                    texts.isEmpty ? "clusterIP" : "clusterIPs[0]",
                    "Invalid value: \"None\": may not be set to 'None' for \(type.rawValue) services")
            }
            return ([], true)
        }
        if texts.isEmpty { return (single.flatMap { address($0, "clusterIP") }.map { [$0] } ?? [], false) }
        let addresses = strings(spec, "clusterIPs") { reader, text, _ in reader.address(text) }
        if texts.count > 2 {
            refuse("clusterIPs", "Invalid value: \(list(texts)): may only hold up to 2 values")
        } else if Set(addresses.map(\.family)).count < addresses.count {
            refuse(
                "clusterIPs",
                "Invalid value: \(list(texts)): may specify no more than one IP for each IP family")
        }
        return (addresses, false)
    }

    private func list(_ texts: [String]) -> String {
        "[" + texts.map(quoted).joined(separator: ",") + "]"
    }

    private mutating func sessionAffinity(_ spec: JSONValue) -> Service.SessionAffinity {
        enum Mode: String, CaseIterable {
            case none = "None"
            case clientIP = "ClientIP"
        }
        let secondsMax = 86400
        let mode = word(spec, "sessionAffinity", default: Mode.none)
        guard mode == .clientIP else {
            if spec["sessionAffinityConfig"] != nil, spec["sessionAffinity"]?.string ?? "None" == "None" {
                refuse("sessionAffinityConfig", "Forbidden: must not be set when session affinity is None")
            }
            return .none
        }
        let seconds =
            object(spec, "sessionAffinityConfig") { reader, config in
                reader.object(config, "clientIP") { reader, clientIP -> Int? in
                    guard let seconds = reader.integer(clientIP, "timeoutSeconds") else { return nil }
                    guard (1...secondsMax).contains(seconds) else {
                        reader.refuse(
                            "timeoutSeconds",
                            "Invalid value: \(seconds): must be greater than 0 and less than \(secondsMax)")
                        return nil
                    }
                    return seconds
                }
            } ?? nil
        // The API's default, three hours (`DefaultClientIPServiceAffinitySeconds`).
        return .clientIP(timeoutSeconds: UInt32((seconds ?? nil) ?? 10800))
    }

    private mutating func loadBalancerIPs(_ status: JSONValue) -> [IPAddress] {
        enum Mode: String, CaseIterable {
            case vip = "VIP"
            case proxy = "Proxy"
        }
        return objects(status, "ingress") { reader, ingress, _ in
            guard let text = reader.string(ingress, "ip"), let address = reader.address(text, "ip") else { return nil }
            return reader.word(ingress, "ipMode", default: Mode.vip) == .vip ? address : nil
        }
    }
}
