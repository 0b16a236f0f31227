import ClusterModel

/// The node ports and the health check node port that a Service asks for, or any (`txnAllocNodePorts`).
extension ServiceReview {
    mutating func allocateNodePorts() throws(Status) {
        var choice = NodePortChoice(for: service, pools)
        if let old {
            if service.hasNodePorts {
                try updateNodePorts(from: old, &choice)
            } else if old.hasNodePorts {
                releasedNodePorts += old.nodePorts
            }
        } else if service.hasNodePorts {
            try initNodePorts(&choice)
        }
        let neededHealthCheck = old?.needsHealthCheck ?? false
        if service.needsHealthCheck, !neededHealthCheck {
            try allocateHealthCheckNodePort(&choice)
        } else if neededHealthCheck, !service.needsHealthCheck, let old {
            releasedNodePorts.append(old.healthCheckNodePort)
        }
    }

    /// Ports of equal number, such as TCP and UDP 53, share a node port.
    private mutating func initNodePorts(_ choice: inout NodePortChoice) throws(Status) {
        let requests = service.ports.lazy.filter { $0.nodePort != 0 }.map { ($0.port, $0.nodePort) }
        let requested = Dictionary(requests) { first, _ in first }
        var nodePorts: [Int: Int] = [:]
        for index in service.ports.indices {
            let port = service.ports[index]
            if port.nodePort == 0, !service.allocatesNodePorts { continue }
            guard let known = nodePorts[port.port] else {
                let nodePort: Int
                if let asked = requested[port.port] {
                    try take(asked, index)
                    nodePort = asked
                } else {
                    nodePort = try choice.any(in: pools)
                }
                service.ports[index].nodePort = nodePort
                nodePorts[port.port] = nodePort
                continue
            }
            if port.nodePort == 0 {
                service.ports[index].nodePort = known
            } else if port.nodePort != known {
                try take(port.nodePort, index)
            }
        }
    }

    private mutating func updateNodePorts(from old: ServiceFields, _ choice: inout NodePortChoice) throws(Status) {
        let before = Set(old.nodePorts)
        var taken: Set<Int> = []
        var pairs: Set<String> = []
        for index in service.ports.indices {
            let asked = service.ports[index].nodePort
            if asked == 0, !service.allocatesNodePorts { continue }
            if asked == 0 {
                service.ports[index].nodePort = try choice.any(in: pools)
            } else if !before.contains(asked), taken.insert(asked).inserted {
                try take(asked, index)
            }
            let port = service.ports[index]
            if !pairs.insert("\(port.transportProtocol) \(port.nodePort)").inserted {
                let words = "duplicate nodePort: {\(port.transportProtocol) \(port.nodePort)}"
                throw Status(code: 500, reason: .unknown, message: words)
            }
        }
        releasedNodePorts += before.subtracting(service.nodePorts)
    }

    private mutating func allocateHealthCheckNodePort(_ choice: inout NodePortChoice) throws(Status) {
        let asked = service.healthCheckNodePort
        guard asked != 0 else {
            service.healthCheckNodePort = try choice.any(in: pools)
            return
        }
        if let refusal = pools.take(nodePort: asked) {
            let words = "failed to allocate requested HealthCheck NodePort \(asked)"
            let problem = FieldProblem.invalid(.number(asked), sentence(refusal))
            throw .internalError(
                "\(words): \(sentence(refusal))", problem.at(.key("spec"), .key("healthCheckNodePort")))
        }
    }

    private mutating func take(_ nodePort: Int, _ index: Int) throws(Status) {
        guard let refusal = pools.take(nodePort: nodePort) else { return }
        var findings = Findings()
        let path = FieldPath.spec.key("ports").index(index).key("nodePort")
        findings.invalid(path, .number(nodePort), sentence(refusal))
        try refuse(findings)
    }

    private func sentence(_ refusal: ServicePools.Refusal) -> String {
        switch refusal {
        case .taken: return "provided port is already allocated"
        case .outOfRange:
            let range = "\(pools.nodePortRange.lowerBound)-\(pools.nodePortRange.upperBound)"
            return "provided port is not in the valid range. The range of valid ports is \(range)"
        }
    }
}

/// Ports that a Service could be given where it asks for none; which it gets is decided elsewhere, so that nothing is taken.
private struct NodePortChoice {
    /// Those that it asks for.
    private let asked: Set<Int>
    /// The last one given; the next are below it.
    private var last: Int

    init(for service: ServiceFields, _ pools: ServicePools) {
        asked = service.hasNodePorts ? Set(service.nodePorts + [service.healthCheckNodePort]) : []
        last = pools.nodePortRange.upperBound + 1
    }

    mutating func any(in pools: ServicePools) throws(Status) -> Int {
        repeat {
            last -= 1
            guard last >= pools.nodePortRange.lowerBound else {
                throw .internalError("failed to allocate a nodePort: range is full")
            }
        } while pools.nodePorts.contains(last) || asked.contains(last)
        return last
    }
}

extension ServiceFields {
    /// The node ports that its ports have.
    var nodePorts: [Int] { ports.map(\.nodePort).filter { $0 != 0 } }
}
