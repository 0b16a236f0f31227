import Allocation
import ClusterModel
import Foundation
import NetworkValues

/// What is in a file of allocations: JSON, with a line for each Service.
enum AllocationsText {
    /// Why it cannot be read.
    struct Damage: Error {
        var words: String
    }

    fileprivate struct Header: Decodable {
        var version: Int
        var services: [Entry]
    }

    fileprivate struct Entry: Codable {
        struct Port: Codable {
            var name: String
            var nodePort: UInt16
        }

        var namespace: String
        var name: String
        var uid: String?
        var type: String
        var clusterIPs: [String]?
        var ipFamilies: [String]?
        var ipFamilyPolicy: String?
        var allocatesNodePorts: Bool?
        var ports: [Port]?
        var healthCheckNodePort: UInt16?
    }

    private static let version = 1

    static func bytes(of allocations: [NamespacedName: ServiceAllocation]) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var text: [UInt8] = []
        for (name, allocation) in allocations.sorted(by: { $0.key < $1.key }) {
            do {
                text += (text.isEmpty ? "\n" : ",\n").utf8
                text += try encoder.encode(Entry(name, allocation))
            } catch {
                preconditionFailure("strings and numbers are not JSON: \(error)")
            }
        }
        return Array("{\"version\":\(version),\"services\":[".utf8) + text + Array("\n]}\n".utf8)
    }

    static func allocations(in bytes: [UInt8]) throws(Damage) -> [NamespacedName: ServiceAllocation] {
        let header: Header
        do {
            header = try JSONDecoder().decode(Header.self, from: Data(bytes))
        } catch {
            throw Damage(words: "it is not what was written")
        }
        guard header.version == version else { throw Damage(words: "it is of version \(header.version)") }
        var result: [NamespacedName: ServiceAllocation] = [:]
        var addresses: Set<IPAddress> = []
        var owners: [UInt16: NamespacedName] = [:]
        for entry in header.services {
            let name = NamespacedName(entry.namespace, entry.name)
            guard let allocation = entry.allocation else { throw Damage(words: "Service \(name)") }
            guard result.updateValue(allocation, forKey: name) == nil else {
                throw Damage(words: "Service \(name) is in it twice")
            }
            for address in allocation.clusterIPs.addresses where !addresses.insert(address).inserted {
                throw Damage(words: "\(address) is in it twice")
            }
            for port in allocation.nodePorts.map(\.number) + [allocation.healthCheckNodePort] where port != 0 {
                guard owners.updateValue(name, forKey: port) ?? name == name else {
                    throw Damage(words: "node port \(port) is in it twice")
                }
            }
        }
        return result
    }
}

extension AllocationsText.Entry {
    fileprivate init(_ name: NamespacedName, _ allocation: ServiceAllocation) {
        namespace = name.namespace
        self.name = name.name
        uid = allocation.uid
        type = allocation.type.rawValue
        clusterIPs = allocation.clusterIPs == .unset ? nil : allocation.clusterIPs.texts
        ipFamilies = allocation.ipFamilies.isEmpty ? nil : allocation.ipFamilies.map(\.rawValue)
        ipFamilyPolicy = allocation.ipFamilyPolicy?.rawValue
        allocatesNodePorts = allocation.allocatesNodePorts ? true : nil
        let hasPorts = allocation.nodePorts.contains { $0.number != 0 }
        ports = hasPorts ? allocation.nodePorts.map { Port(name: $0.portName, nodePort: $0.number) } : nil
        healthCheckNodePort = allocation.healthCheckNodePort == 0 ? nil : allocation.healthCheckNodePort
    }

    /// Nil if something in it means nothing.
    fileprivate var allocation: ServiceAllocation? {
        guard let type = Service.ServiceType(rawValue: type) else { return nil }
        let texts = clusterIPs ?? []
        let addresses = texts.compactMap { IPAddress($0) }
        let families = (ipFamilies ?? []).compactMap { IPFamily(rawValue: $0) }
        let policy = ipFamilyPolicy.flatMap { Service.FamilyPolicy(rawValue: $0) }
        let isHeadless = texts == ["None"]
        guard isHeadless || addresses.count == texts.count, families.count == ipFamilies?.count ?? 0,
            (policy == nil) == (ipFamilyPolicy == nil)
        else { return nil }
        return ServiceAllocation(
            uid: uid, type: type, clusterIPs: isHeadless ? .headless : .init(addresses), ipFamilies: families,
            ipFamilyPolicy: policy, allocatesNodePorts: allocatesNodePorts ?? false,
            nodePorts: (ports ?? []).map { .init(portName: $0.name, number: $0.nodePort) },
            healthCheckNodePort: healthCheckNodePort ?? 0)
    }
}
