import ClusterControllers
import ClusterModel
import ClusterState
import Foundation
import IPTables
import NetworkValues
import NFTables
import PacketTracing
import ProxyPlanning
import RuleCompilers
import StateFiles
import Testing

/// A folder of Tests/Scenarios: a small cluster, and what must become of packets in it.
struct Scenario {
    /// What is wrong with the scenario itself.
    struct Defect: Error, CustomStringConvertible {
        let description: String
    }

    let name: String
    let settings: ProxySettings
    let iptablesSettings: ProxySettings
    let rules: RuleSettings
    let flows: [Flow]
    /// The state as it is read.
    let edits: [ObjectEdit]
    let snapshot: ClusterSnapshot
    /// The machine's addresses, which node ports may be served at.
    let machineAddresses: [IPAddress]
    /// What nftables mode is to do; iptables mode serves node ports at more addresses, if nothing else is said.
    let plan: ProxyPlan
    let iptablesPlan: ProxyPlan
    /// What reading and planning complained of.
    let diagnostics: [Diagnostic]
    let tables: [TableContents]
    let iptables: [XTTableContents]

    private static let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    private static let root = tests.appending(path: "Scenarios")

    /// The names of all scenarios, sorted.
    static let names: [String] = {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: root.path()).sorted()
        } catch {
            preconditionFailure("no scenarios: \(error)")
        }
    }()

    let folder: URL

    /// What states go into, as commands have it if they are told nothing of it.
    static let cluster = KnownCluster(stages: [ClusterControllers(.on)])

    /// The addresses of the scenario's node.
    var nodeAddresses: Set<IPAddress> {
        Set(snapshot.nodes[settings.nodeName]?.addresses ?? []).union(machineAddresses)
    }

    init(_ name: String) throws {
        let folder = Self.root.appending(path: name)
        let flows = try Self.decode([FlowFile].self, folder.appending(path: "flows.json")).map { try $0.flow() }
        try self.init(name, folder: folder, state: "cluster", flows: flows)
    }

    /// A folder of Tests/Conformance, which says nothing of flows.
    init(conformance name: String) throws {
        let folder = Self.tests.appending(path: "Conformance").appending(path: name)
        try self.init(name, folder: folder, state: "state.json", flows: [])
    }

    private init(_ name: String, folder: URL, state: String, flows: [Flow]) throws {
        self.name = name
        self.folder = folder
        self.flows = flows
        let file = try Self.decode(SettingsFile.self, folder.appending(path: "settings.json"))
        settings = try file.settings(.primary)
        iptablesSettings = try file.settings(.all)
        rules = file.rules
        machineAddresses = try (file.machineAddresses ?? []).map { text in
            guard let address = IPAddress(text) else { throw Defect(description: "\(text) is no address") }
            return address
        }
        let update = try readState(at: [folder.appending(path: state).path()])
        edits = update.edits
        var known = Self.cluster
        let words = known.take(update).diagnostics
        snapshot = known.snapshot
        plan = Planner.plan(snapshot, settings, machineAddresses: machineAddresses)
        iptablesPlan = Planner.plan(snapshot, iptablesSettings, machineAddresses: machineAddresses)
        diagnostics = update.diagnostics + words + plan.diagnostics
        tables = NFTablesCompiler.compile(plan, rules)
        iptables = IPTablesCompiler.compile(iptablesPlan, rules)
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ file: URL) throws -> Value {
        try JSONDecoder().decode(type, from: Data(contentsOf: file))
    }
}

/// `settings.json`, with the keys of the conformance folders.
private struct SettingsFile: Decodable {
    let nodeName: String
    let clusterCIDR: String
    let masqueradeAll: Bool
    /// Both if absent.
    let families: [String]?
    let detectLocalMode: String?
    let localhostNodePorts: Bool?
    let bridgeInterface: String?
    let interfaceNamePrefix: String?
    let nodePortAddresses: [String]?
    let machineAddresses: [String]?
    let serviceClusterIPRanges: [String]?
    let serviceNodePortRange: [UInt16]?
    let usesAccounting: Bool?

    var rules: RuleSettings {
        RuleSettings(localhostNodePorts: localhostNodePorts ?? true, usesAccounting: usesAccounting ?? false)
    }

    func settings(_ nodePortDefault: NodePortDefault) throws -> ProxySettings {
        let prefix = { (text: String) in
            guard let prefix = IPPrefix(text) else { throw Scenario.Defect(description: "\(text) is no prefix") }
            return prefix
        }
        let blocks = try clusterCIDR.split(separator: ",").map { try prefix(String($0)) }
        let modeName = detectLocalMode ?? "ClusterCIDR"
        guard let mode = DetectLocalMode(rawValue: modeName) else {
            throw Scenario.Defect(description: "\(modeName) is no detectLocalMode")
        }
        let families = families?.compactMap(IPFamily.init(rawValue:)) ?? IPFamily.allCases
        return ProxySettings(
            nodeName: nodeName, families: Set(families), detectLocalMode: mode, clusterCIDRs: blocks,
            bridgeInterface: bridgeInterface ?? "", interfaceNamePrefix: interfaceNamePrefix ?? "",
            masqueradeAll: masqueradeAll,
            nodePortAddresses: try (nodePortAddresses ?? []).map(prefix), nodePortDefault: nodePortDefault,
            localhostNodePorts: localhostNodePorts ?? true,
            serviceClusterIPRanges: try (serviceClusterIPRanges ?? []).map(prefix),
            serviceNodePortRange: serviceNodePortRange.map { $0[0]...$0[1] })
    }
}
