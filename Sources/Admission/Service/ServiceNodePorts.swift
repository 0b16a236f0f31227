import ClusterModel

/// The node ports and the health check node port that a Service asks for, or any (`txnAllocNodePorts`).
extension ServiceReview {
    mutating func allocateNodePorts() throws(Status) {
        var given: Set<Int> = []
        if let old {
            if service.hasNodePorts {
                try updateNodePorts(from: old, &given)
            } else if old.hasNodePorts {
                releasedNodePorts += old.nodePorts
            }
        } else if service.hasNodePorts {
            try initNodePorts(&given)
        }
        let neededHealthCheck = old?.needsHealthCheck ?? false
        if service.needsHealthCheck, !neededHealthCheck {
            try allocateHealthCheckNodePort(given)
        } else if neededHealthCheck, !service.needsHealthCheck, let old {
            releasedNodePorts.append(old.healthCheckNodePort)
        }
    }

    /// Ports of equal number, such as TCP and UDP 53, share a node port.
    private mutating func initNodePorts(_ given: inout Set<Int>) throws(Status) {
        var nodePorts: [Int: Int] = [:]
        for index in service.ports.indices {
            let port = service.ports[index]
            if port.nodePort == 0, !service.allocatesNodePorts { continue }
            guard let known = nodePorts[port.port] else {
                let asked = service.ports.first { $0.port == port.port && $0.nodePort != 0 }?.nodePort
                let nodePort: Int
                if let asked {
                    try take(asked, index)
                    nodePort = asked
                } else {
                    nodePort = try anyNodePort(&given)
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

    private mutating func updateNodePorts(from old: ServiceFields, _ given: inout Set<Int>) throws(Status) {
        let before = Set(old.nodePorts)
        var taken: Set<Int> = []
        var pairs: Set<String> = []
        for index in service.ports.indices {
            let asked = service.ports[index].nodePort
            if asked == 0, !service.allocatesNodePorts { continue }
            if asked == 0 {
                service.ports[index].nodePort = try anyNodePort(&given)
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

    private mutating func allocateHealthCheckNodePort(_ given: Set<Int>) throws(Status) {
        let asked = service.healthCheckNodePort
        guard asked != 0 else {
            var given = given
            service.healthCheckNodePort = try anyNodePort(&given)
            return
        }
        if let refusal = pools.take(nodePort: asked) {
            let words = "failed to allocate requested HealthCheck NodePort \(asked)"
            let problem = FieldProblem.invalid(.number(asked), sentence(refusal))
            throw .internalError(
                "\(words): \(sentence(refusal))", problem.at(.key("spec"), .key("healthCheckNodePort")))
        }
    }

    private mutating func anyNodePort(_ given: inout Set<Int>) throws(Status) -> Int {
        let asked = Set(service.nodePorts + [service.healthCheckNodePort])
        guard let port = pools.anyNodePort(besides: given.union(asked)) else {
            throw .internalError("failed to allocate a nodePort: range is full")
        }
        given.insert(port)
        return port
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

extension ServiceFields {
    /// The node ports that its ports have.
    var nodePorts: [Int] { ports.map(\.nodePort).filter { $0 != 0 } }
}
