package import ClusterModel
package import NetworkValues

/// Gives Services the addresses and ports that they do not choose for themselves, as the API server does
/// (`pkg/registry/core/service/storage/alloc.go`).
///
/// Pure: the same calls lead to the same allocations.
package struct Allocator: Sendable {
    /// What Services choose for themselves, which is given to nobody else that has not chosen it.
    struct Choices {
        var addresses: Set<IPAddress> = []
        var ports: Set<UInt16> = []
    }

    /// What a Service has become.
    struct Outcome {
        var service: Service
        /// Whether it has been given something that it has not chosen.
        var isGiven = false
    }

    /// What was given, so that it can be taken back if not all can be had.
    private struct Transaction {
        var addresses: [IPAddress] = []
        var ports: [UInt16] = []
        var isGiven = false
    }

    private let rules: FamilyRules
    private var pools: [IPFamily: AddressPool]
    private var ports: PortPool?

    /// What each Service has.
    package private(set) var allocations: [NamespacedName: ServiceAllocation] = [:]

    /// - Parameters:
    ///   - blocks: Out of which cluster IPs are given, at most one per family, the default one first; empty if none are.
    ///   - ports: Out of which node ports are given; nil if none are.
    package init(blocks: [IPPrefix], ports: ClosedRange<UInt16>?) {
        rules = FamilyRules(families: blocks.map(\.family))
        pools = Dictionary(uniqueKeysWithValues: blocks.map { ($0.family, AddressPool($0)) })
        if let first = blocks.first { pools[first.family]?.keepFirstForKubernetes() }
        self.ports = ports.map { PortPool($0) }
    }

    /// How often something was freed.
    var freeings: Int {
        pools.values.reduce(ports?.numbers.freeings ?? 0) { $0 + $1.numbers.freeings }
    }

    // MARK: Services that come, change and go

    /// Gives a Service, as it is written, what it needs; or all that it has stays as it was.
    mutating func allocate(_ written: Service, avoiding choices: Choices) -> Result<Outcome, AllocationProblem> {
        let name = written.metadata.name
        var old = allocations[name]
        if let uid = old?.uid, let new = written.metadata.uid, uid != new {
            // Another Service of this name: what the old one had may be what this one chooses.
            release(name)
            old = nil
        }
        var service = written
        var transaction = Transaction()
        do throws(AllocationProblem) {
            if !rules.families.isEmpty {
                try rules.complete(&service, after: old)
                try giveAddresses(&service, &transaction, choices)
            }
            if ports != nil { try givePorts(&service, after: old, &transaction, choices) }
        } catch {
            revert(transaction, of: name)
            return .failure(error)
        }
        put(ServiceAllocation(of: service), of: name)
        return .success(Outcome(service: service, isGiven: transaction.isGiven))
    }

    /// The Service is gone.
    mutating func release(_ name: NamespacedName) {
        put(nil, of: name)
    }

    /// The Service has this, which was given to it before; nobody has used what it was given since. What cannot be had any
    /// more, since the ranges are others or it has been given away, it has not.
    ///
    /// - Returns: whether it has all of it.
    mutating func restore(_ allocation: ServiceAllocation?, of name: NamespacedName) -> Bool {
        guard var allocation else {
            put(nil, of: name, wasUsed: false)
            return true
        }
        let addresses = allocation.clusterIPs.addresses
        if !addresses.allSatisfy({ pools[$0.family]?.take($0, for: name) == nil && pools[$0.family] != nil }) {
            allocation.forgetAddresses()
            for address in addresses { pools[address.family]?.release(address, of: name, wasUsed: false) }
        }
        for index in allocation.nodePorts.indices where allocation.nodePorts[index].number != 0 {
            if !canHave(allocation.nodePorts[index].number, name) { allocation.nodePorts[index].number = 0 }
        }
        if allocation.healthCheckNodePort != 0, !canHave(allocation.healthCheckNodePort, name) {
            allocation.healthCheckNodePort = 0
        }
        put(allocation, of: name, wasUsed: false)
        return allocation.clusterIPs.addresses == addresses
    }

    /// What is worth remembering: what Services have out of the ranges.
    var remembered: [NamespacedName: ServiceAllocation] {
        allocations.compactMapValues { allocation in
            var allocation = allocation
            if !allocation.clusterIPs.addresses.allSatisfy(isInBlocks) {
                allocation.forgetAddresses()
            }
            for index in allocation.nodePorts.indices where !isInRange(allocation.nodePorts[index].number) {
                allocation.nodePorts[index].number = 0
            }
            if !isInRange(allocation.healthCheckNodePort) { allocation.healthCheckNodePort = 0 }
            return allocation.isEmpty ? nil : allocation
        }
    }

    private mutating func canHave(_ port: UInt16, _ name: NamespacedName) -> Bool {
        ports != nil && ports?.take(port, for: name) == nil
    }

    /// Notes what a Service has, and frees what it has no more.
    private mutating func put(_ allocation: ServiceAllocation?, of name: NamespacedName, wasUsed: Bool = true) {
        let old = allocations[name]
        allocations[name] = allocation
        guard let old else { return }
        let kept = Set(allocation?.clusterIPs.addresses ?? [])
        for address in old.clusterIPs.addresses where !kept.contains(address) {
            pools[address.family]?.release(address, of: name, wasUsed: wasUsed)
        }
        for port in old.ports.subtracting(allocation?.ports ?? []) {
            ports?.release(port, of: name, wasUsed: wasUsed)
        }
    }

    private mutating func revert(_ transaction: Transaction, of name: NamespacedName) {
        for address in transaction.addresses { pools[address.family]?.release(address, of: name, wasUsed: false) }
        for port in transaction.ports { ports?.release(port, of: name, wasUsed: false) }
    }

    // MARK: Cluster IPs

    private mutating func giveAddresses(
        _ service: inout Service, _ transaction: inout Transaction, _ choices: Choices
    ) throws(AllocationProblem) {
        if service.type == .externalName || service.clusterIPs == .headless { return }
        let name = service.metadata.name
        var addresses = service.clusterIPs.addresses
        for address in addresses where isInBlocks(address) && owner(of: address) != name {
            if let problem = pools[address.family]?.take(address, for: name) {
                throw AllocationProblem([
                    .invalid(.texts(addresses.map(\.description)), "failed to allocate IP \(address): \(problem)")
                        .at(.key("spec"), .key("clusterIPs"))
                ])
            }
            transaction.addresses.append(address)
        }
        for family in service.ipFamilies.dropFirst(addresses.count) {
            guard let address = pools[family]?.next(for: name, avoiding: choices.addresses) else {
                throw AllocationProblem("failed to allocate a cluster IP: the range of \(family.rawValue) is full")
            }
            transaction.addresses.append(address)
            transaction.isGiven = true
            addresses.append(address)
        }
        service.clusterIPs = .init(addresses)
    }

    /// What is outside the ranges is nobody's, and not served.
    private func isInBlocks(_ address: IPAddress) -> Bool { pools[address.family]?.block.contains(address) == true }

    private func owner(of address: IPAddress) -> NamespacedName? { pools[address.family]?.owner(of: address) }
}

extension Allocator {
    // MARK: Node ports

    private mutating func givePorts(
        _ service: inout Service, after old: ServiceAllocation?, _ transaction: inout Transaction, _ choices: Choices
    ) throws(AllocationProblem) {
        if let old { Self.keepPorts(old, &service) }
        if service.type.hasNodePorts {
            if let old {
                try giveNodePorts(&service, after: old, &transaction, choices)
            } else {
                try giveFirstNodePorts(&service, &transaction, choices)
            }
        }
        try giveHealthCheckNodePort(&service, after: old, &transaction, choices)
    }

    /// A port is known again by its name. A Service that no longer needs what it was given loses it.
    private static func keepPorts(_ old: ServiceAllocation, _ service: inout Service) {
        let before = old.nodePorts.map(\.number)
        if old.allocatesNodePorts, service.needsNodePorts {
            let used = Set(before).intersection(service.ports.map(\.nodePort)).subtracting([0])
            let byName = Dictionary(old.nodePorts.map { ($0.portName, $0.number) }) { _, last in last }
            for index in service.ports.indices where service.ports[index].nodePort == 0 {
                let (number, port) = (byName[service.ports[index].name] ?? 0, service.ports[index].port)
                // One that another port has chosen is its alone, if it was not that of both.
                let isShared = service.ports.contains { $0.port == port && $0.nodePort == number }
                if !used.contains(number) || isShared { service.ports[index].nodePort = number }
            }
        } else if old.type.hasNodePorts, !service.type.hasNodePorts, service.ports.map(\.nodePort) == before {
            for index in service.ports.indices { service.ports[index].nodePort = 0 }
        }
        if !service.needsHealthCheckNodePort {
            if service.healthCheckNodePort == old.healthCheckNodePort { service.healthCheckNodePort = 0 }
        } else if service.healthCheckNodePort == 0 {
            service.healthCheckNodePort = old.healthCheckNodePort
        }
    }

    /// Ports of one number, which are of several protocols, share a node port when the Service is made.
    private mutating func giveFirstNodePorts(
        _ service: inout Service, _ transaction: inout Transaction, _ choices: Choices
    ) throws(AllocationProblem) {
        var given: [UInt16: UInt16] = [:]
        for index in service.ports.indices {
            let port = service.ports[index]
            if port.nodePort == 0, !service.needsNodePorts { continue }
            if let number = given[port.port] {
                if port.nodePort == 0 {
                    service.ports[index].nodePort = number
                } else if port.nodePort != number {
                    try take(port.nodePort, ofPort: index, of: service, &transaction)
                }
                continue
            }
            let chosen = service.ports.first { $0.port == port.port && $0.nodePort != 0 }?.nodePort
            let number: UInt16
            if let chosen {
                try take(chosen, ofPort: index, of: service, &transaction)
                number = chosen
            } else {
                number = try nextPort(service, "port \(port.name)", "node port", &transaction, choices)
            }
            service.ports[index].nodePort = number
            given[port.port] = number
        }
    }

    private mutating func giveNodePorts(
        _ service: inout Service, after old: ServiceAllocation, _ transaction: inout Transaction, _ choices: Choices
    ) throws(AllocationProblem) {
        var known = Set(old.nodePorts.map(\.number))
        for index in service.ports.indices {
            let port = service.ports[index]
            if port.nodePort == 0 {
                if !service.needsNodePorts { continue }
                service.ports[index].nodePort = try nextPort(
                    service, "port \(port.name)", "node port", &transaction, choices)
            } else if known.insert(port.nodePort).inserted || owner(ofPort: port.nodePort) != service.metadata.name {
                try take(port.nodePort, ofPort: index, of: service, &transaction)
            }
        }
    }

    private mutating func giveHealthCheckNodePort(
        _ service: inout Service, after old: ServiceAllocation?, _ transaction: inout Transaction, _ choices: Choices
    ) throws(AllocationProblem) {
        guard service.needsHealthCheckNodePort else { return }
        let (chosen, before) = (service.healthCheckNodePort, old?.healthCheckNodePort ?? 0)
        if before != 0 {
            guard chosen == before else {
                throw AllocationProblem([.forbidden("field is immutable").at(.key("spec"), .key("healthCheckNodePort"))]
                )
            }
        } else if chosen == 0 {
            service.healthCheckNodePort = try nextPort(
                service, "health check", "health check node port", &transaction, choices)
        } else if isInRange(chosen) {
            if let problem = takeOnce(chosen, for: service.metadata.name) {
                throw AllocationProblem("failed to allocate requested health check node port \(chosen): \(problem)")
            }
            transaction.ports.append(chosen)
        }
    }

    /// What is outside the range is nobody's, and not served.
    private func isInRange(_ port: UInt16) -> Bool { ports?.range.contains(port) == true }

    private func owner(ofPort port: UInt16) -> NamespacedName? { ports?.owner(of: port) }

    /// As ``PortPool/take(_:for:)``, but not what the Service has already.
    private mutating func takeOnce(_ port: UInt16, for name: NamespacedName) -> String? {
        owner(ofPort: port) == name ? "provided port is already allocated" : ports?.take(port, for: name)
    }

    private mutating func take(
        _ number: UInt16, ofPort index: Int, of service: Service, _ transaction: inout Transaction
    ) throws(AllocationProblem) {
        guard isInRange(number) else { return }
        if let problem = takeOnce(number, for: service.metadata.name) {
            throw AllocationProblem([
                .invalid(.number(Int(number)), problem)
                    .at(.key("spec"), .key("ports"), .index(index), .key("nodePort"))
            ])
        }
        transaction.ports.append(number)
    }

    private mutating func nextPort(
        _ service: Service, _ purpose: String, _ what: String, _ transaction: inout Transaction, _ choices: Choices
    ) throws(AllocationProblem) -> UInt16 {
        guard let number = ports?.next(for: service.metadata.name, purpose, avoiding: choices.ports) else {
            throw AllocationProblem("failed to allocate a \(what): the range is full")
        }
        transaction.ports.append(number)
        transaction.isGiven = true
        return number
    }
}
