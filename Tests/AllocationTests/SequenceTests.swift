import ClusterModel
import ClusterState
import Foundation
import NetworkValues
import Testing

@testable import Allocation

/// Sequences of requests to kube-apiserver 1.36.2, and what Services then had.
struct SequenceTests {
    @Test(arguments: try RecordedSequence.all())
    func givesWhatTheServerGave(sequence: RecordedSequence) throws {
        var simulation = try Simulation(sequence)
        for step in sequence.steps { try simulation.run(step) }
        #expect(simulation.differences == [])
    }
}

/// A Service's `spec` as far as it matters here.
struct RecordedSpec: Codable, Hashable {
    struct Port: Codable, Hashable {
        var name: String?
        var port: Int?
        var `protocol`: String?
        var nodePort: Int?
    }

    var type: String?
    var clusterIP: String?
    var clusterIPs: [String]?
    var ipFamilies: [String]?
    var ipFamilyPolicy: String?
    var ports: [Port]?
    var selector: [String: String]?
    var externalTrafficPolicy: String?
    var allocateLoadBalancerNodePorts: Bool?
    var healthCheckNodePort: Int?
    var sessionAffinity: String?

    /// The same with what a merge patch says; a word that it does not say stays.
    func patched(_ patch: RecordedSpec) -> RecordedSpec {
        var spec = self
        spec.type = patch.type ?? type
        spec.clusterIP = patch.clusterIP ?? clusterIP
        spec.clusterIPs = patch.clusterIPs ?? clusterIPs
        spec.ipFamilies = patch.ipFamilies ?? ipFamilies
        spec.ipFamilyPolicy = patch.ipFamilyPolicy ?? ipFamilyPolicy
        spec.ports = patch.ports ?? ports
        spec.selector = patch.selector ?? selector
        spec.externalTrafficPolicy = patch.externalTrafficPolicy ?? externalTrafficPolicy
        spec.allocateLoadBalancerNodePorts = patch.allocateLoadBalancerNodePorts ?? allocateLoadBalancerNodePorts
        spec.healthCheckNodePort = patch.healthCheckNodePort ?? healthCheckNodePort
        return spec
    }

    func service(_ name: NamespacedName) -> Service {
        let texts = clusterIPs ?? clusterIP.map { [$0] } ?? []
        let addresses = Service.ClusterIPs(texts.compactMap { IPAddress($0) })
        return Service(
            metadata: ObjectMetadata(name: name), type: Service.ServiceType(rawValue: type ?? "") ?? .clusterIP,
            clusterIPs: texts == ["None"] ? .headless : addresses,
            ipFamilies: (ipFamilies ?? []).compactMap { IPFamily(rawValue: $0) },
            ipFamilyPolicy: ipFamilyPolicy.flatMap { Service.FamilyPolicy(rawValue: $0) },
            ports: (ports ?? []).map { port in
                Service.Port(
                    name: port.name ?? "", transportProtocol: port.protocol == "UDP" ? .udp : .tcp,
                    port: UInt16(port.port ?? 0), nodePort: UInt16(port.nodePort ?? 0))
            },
            selector: selector ?? [:],
            externalTrafficPolicy: externalTrafficPolicy == "Local" ? .local : .cluster,
            healthCheckNodePort: UInt16(healthCheckNodePort ?? 0),
            allocatesLoadBalancerNodePorts: allocateLoadBalancerNodePorts ?? true)
    }

    /// The same with what a Service has been given.
    func filled(from service: Service) -> RecordedSpec {
        var spec = self
        let texts = service.clusterIPs == .headless ? ["None"] : service.clusterIPs.addresses.map(\.description)
        spec.clusterIP = texts.first
        spec.clusterIPs = texts
        spec.ipFamilies = service.ipFamilies.map(\.rawValue)
        spec.ipFamilyPolicy = service.ipFamilyPolicy?.rawValue
        for (index, port) in service.ports.enumerated() { spec.ports?[index].nodePort = Int(port.nodePort) }
        spec.healthCheckNodePort = Int(service.healthCheckNodePort)
        return spec
    }
}

/// A number, or a word for one that the server chose.
enum RecordedValue: Decodable, Hashable {
    case number(Int)
    case text(String)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            self = .number(try container.decode(Int.self))
        } catch DecodingError.typeMismatch {
            self = .text(try container.decode(String.self))
        }
    }

    var text: String {
        switch self {
        case .number(let number): "\(number)"
        case .text(let text): text
        }
    }
}

struct RecordedSequence: Decodable, Sendable, CustomTestStringConvertible {
    struct Server: Decodable, Sendable {
        var serviceClusterIPRange: String
        var serviceNodePortRange: String
    }

    struct Object: Decodable, Sendable {
        var spec: RecordedSpec
    }

    struct Allocated: Decodable, Sendable {
        var type: String
        var clusterIPs: [String]
        var ipFamilies: [String]?
        var ipFamilyPolicy: String?
        var nodePorts: [RecordedValue?]
        var healthCheckNodePort: RecordedValue?
    }

    struct Band: Decodable, Sendable {
        var band: String
        var count: Int
    }

    struct Step: Decodable, Sendable {
        var about: String
        var method: String?
        var service: String?
        var namespace: String?
        var object: Object?
        var patch: Object?
        var code: Int?
        /// The causes' fields, or the message of a refusal that has none.
        var refusal: [String]?
        var allocated: Allocated?
        var createUntilRefused: RecordedSpec?
        var created: [Band]?
        var freed: [String]?
    }

    var about: String
    var range: String
    var server: Server
    var steps: [Step]

    var testDescription: String { "\(range): \(about)" }

    static func all() throws -> [RecordedSequence] {
        let url = try #require(
            Bundle.module.url(forResource: "sequences", withExtension: "json", subdirectory: "Recorded"))
        return try JSONDecoder().decode([RecordedSequence].self, from: Data(contentsOf: url))
    }
}

/// Runs a sequence against the stage, as if each request were a file that is written.
struct Simulation {
    private var stage: AllocationStage
    private var stored: [NamespacedName: RecordedSpec] = [:]
    private var snapshot: [NamespacedName: Service] = [:]
    /// The words of the recording, by value.
    private var words: [String: String] = [:]
    private(set) var differences: [String] = []

    init(_ sequence: RecordedSequence) throws {
        let blocks = try sequence.server.serviceClusterIPRange.split(separator: ",").map {
            try #require(IPPrefix($0))
        }
        let limits = sequence.server.serviceNodePortRange.split(separator: "-").compactMap { UInt16($0) }
        stage = AllocationStage(Allocator(blocks: blocks, ports: limits[0]...limits[1]), remembered: [:], store: nil)
    }

    mutating func run(_ step: RecordedSequence.Step) throws {
        if let spec = step.createUntilRefused {
            create(spec, step)
            return
        }
        if let freed = step.freed {
            let names = stored.keys.filter { name in
                guard let service = snapshot[name] else { return false }
                let values = service.clusterIPs.addresses.map(\.description) + service.ports.map { "\($0.nodePort)" }
                return !Set(values).isDisjoint(with: freed)
            }
            for name in names { take(.delete(ObjectReference(.service, name)), name) }
            return
        }
        guard let method = step.method, let name = step.service else { return }
        let service = NamespacedName(step.namespace ?? "shop", name)
        let before = snapshot[service]
        switch method {
        case "DELETE": take(.delete(ObjectReference(.service, service)), service)
        case "PATCH":
            guard let old = stored[service], let patch = step.patch else { return note(step, "nothing to patch") }
            var spec = before.map { old.filled(from: $0) } ?? old
            spec = spec.patched(patch.spec)
            put(spec, service, step)
        default:
            guard let object = step.object else { return }
            put(object.spec, service, step)
        }
    }

    private mutating func note(_ step: RecordedSequence.Step, _ words: String) {
        differences.append("\(step.about): \(words)")
    }

    /// - Returns: what was said.
    @discardableResult
    private mutating func take(_ edit: ObjectEdit, _ name: NamespacedName) -> [Diagnostic] {
        var update = StateUpdate(edits: [edit])
        stage.complete(&update)
        for edit in update.edits {
            switch edit {
            case .put(.service(let service)): snapshot[service.metadata.name] = service
            case .delete(let reference):
                snapshot[reference.name] = nil
                stored[reference.name] = nil
            default: break
            }
        }
        return update.diagnostics.filter { $0.object == ObjectReference(.service, name).description }
    }

    private mutating func put(_ spec: RecordedSpec, _ name: NamespacedName, _ step: RecordedSequence.Step) {
        let before = snapshot[name]
        let said = take(.put(.service(spec.service(name))), name)
        let now = snapshot[name]
        guard (step.code ?? 200) < 400 else {
            if said.isEmpty {
                note(step, "was not refused: \(step.refusal ?? [])")
            } else {
                let fields = said.map { $0.path ?? "" }.filter { !$0.isEmpty }
                if fields != step.refusal ?? [] {
                    note(step, "refused for \(said.map(\.description)), not \(step.refusal ?? [])")
                }
            }
            if before == nil {
                // The server has not made it.
                take(.delete(ObjectReference(.service, name)), name)
            } else {
                if now != before { note(step, "was changed") }
                // Whoever asked for it has heard that it cannot be; a file would go on asking.
                if let old = stored[name], let before {
                    take(.put(.service(old.filled(from: before).service(name))), name)
                }
            }
            return
        }
        if !said.isEmpty { return note(step, "was refused: \(said.map(\.description))") }
        guard let now, let allocated = step.allocated else { return note(step, "is not there") }
        stored[name] = spec.filled(from: now)
        compare(now, allocated, step)
    }

    private mutating func compare(
        _ service: Service, _ allocated: RecordedSequence.Allocated, _ step: RecordedSequence.Step
    ) {
        let addresses = service.clusterIPs == .headless ? ["None"] : service.clusterIPs.addresses.map(\.description)
        compare(addresses, allocated.clusterIPs, step)
        compare(
            service.ports.map { $0.nodePort == 0 ? "" : "\($0.nodePort)" }, allocated.nodePorts.map { $0?.text ?? "" },
            step)
        let health = service.healthCheckNodePort == 0 ? "" : "\(service.healthCheckNodePort)"
        compare([health], [allocated.healthCheckNodePort?.text ?? ""], step)
        if service.ipFamilies.map(\.rawValue) != allocated.ipFamilies ?? [] {
            note(step, "has \(service.ipFamilies), not \(allocated.ipFamilies ?? [])")
        }
        if service.ipFamilyPolicy?.rawValue != allocated.ipFamilyPolicy {
            note(step, "has \(String(describing: service.ipFamilyPolicy)), not \(allocated.ipFamilyPolicy ?? "none")")
        }
    }

    private mutating func compare(_ ours: [String], _ theirs: [String], _ step: RecordedSequence.Step) {
        guard ours.count == theirs.count else { return note(step, "has \(ours), not \(theirs)") }
        for (our, their) in zip(ours, theirs) {
            guard their.hasPrefix("$") else {
                if our != their { note(step, "has \(our), not \(their)") }
                continue
            }
            if let known = words[our] ?? nil, known != their {
                note(step, "has \(our), which was \(known), not \(their)")
            } else if words[our] == nil, words.values.contains(their) {
                note(step, "has \(our), which is not \(their)")
            }
            words[our] = their
        }
    }

    private mutating func create(_ spec: RecordedSpec, _ step: RecordedSequence.Step) {
        var spec = spec
        spec.ports = [RecordedSpec.Port(name: "p", port: 80)]
        let expected = (step.created ?? []).reduce(0) { $0 + $1.count }
        for number in 0...expected {
            let name = NamespacedName("shop", "n-\(number)")
            let said = take(.put(.service(spec.service(name))), name)
            if said.isEmpty {
                stored[name] = spec
                continue
            }
            take(.delete(ObjectReference(.service, name)), name)
            if number != expected { note(step, "made \(number), not \(expected): \(said)") }
            return
        }
        note(step, "was not refused")
    }
}
