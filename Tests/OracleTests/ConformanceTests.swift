import ClusterState
import Foundation
import IPTables
import NetfilterKernel
import NetworkValues
import ProxyConfiguration
import ProxyDaemon
import RuleCompilers
import StateFiles
import Testing
import TestSupport

/// The fifth oracle: what a real kube-proxy made of the same state.
struct ConformanceTests {
    /// A save as the rules of each chain, which can be compared without regard to what kube-proxy leaves open.
    private struct Save: Equatable {
        var chains: [String: [String]] = [:]

        /// The chains in which kube-proxy puts its Services in the order of a hash table.
        private static let unordered: Set = [
            "KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-EXTERNAL-SERVICES", "KUBE-PROXY-FIREWALL",
        ]

        init(_ text: String) {
            var table = ""
            for line in text.split(separator: "\n") where !line.hasPrefix("#") && !line.contains("KUBE-PROXY-CANARY") {
                let words = line.split(separator: " ")
                if line.hasPrefix("*") {
                    table = String(line)
                } else if line.hasPrefix(":") {
                    chains["\(table) \(words[0].dropFirst())", default: []] = []
                } else if line.hasPrefix("-A ") {
                    chains["\(table) \(words[1])", default: []].append(String(line))
                }
            }
            for (name, rules) in chains where Self.unordered.contains(where: name.hasSuffix) {
                let lastRules = rules.filter { $0.contains("NOTE: this must be the last rule in this chain") }
                let isInPlace = lastRules == Array(rules.suffix(lastRules.count))
                chains[name] = Self.paired(rules).sorted() + (isInPlace ? [] : ["the node-port rule is not the last"])
            }
        }

        /// A rule that counts is one with the rule after it, to which it belongs.
        private static func paired(_ rules: [String]) -> [String] {
            var paired: [String] = []
            for rule in rules {
                if let last = paired.last, last.contains(" --nfacct-name "), !last.contains("\n") {
                    paired[paired.count - 1] = last + "\n" + rule
                } else {
                    paired.append(rule)
                }
            }
            return paired
        }
    }

    private static func recorded(_ scenario: Scenario, _ tool: String) throws -> String {
        try String(contentsOf: scenario.folder.appending(path: "kube-proxy.\(tool)"), encoding: .utf8)
    }

    @Test(arguments: ["01", "02", "03", "04", "05", "06"], IPFamily.allCases)
    func ourRulesAreThoseOfKubeProxy(_ name: String, _ family: IPFamily) throws {
        let scenario = try Scenario(conformance: name)
        let tables = scenario.iptables.filter { $0.id.family == family }
        #expect(tables.flatMap { $0.validate() } == [])
        let tool = family == .ipv4 ? "iptables" : "ip6tables"
        let namespace = try NetworkNamespace("kp")
        try namespace.restore(tables, family)
        let ours = Save(try namespace.save(family))
        let theirs = Save(try Self.recorded(scenario, tool))
        #expect(theirs.chains.count > 20)
        for chain in Set(ours.chains.keys).union(theirs.chains.keys).sorted() {
            #expect(ours.chains[chain] == theirs.chains[chain], "\(chain)")
        }
    }

    /// A node on which kube-proxy ran looks as if it had never been there; none of its jumps is doubled.
    @Test(arguments: ["01", "02", "03", "04", "05", "06"])
    func ourRulesTakeThePlaceOfThoseOfKubeProxy(_ name: String) throws {
        let scenario = try Scenario(conformance: name)
        let after = try NetworkNamespace("after")
        let anew = try NetworkNamespace("anew")
        for object in Set(scenario.iptables.flatMap(\.accountingObjects)) {
            try after.check(["nfacct", "add", object])
        }
        for tool in ["iptables", "ip6tables"] {
            try after.check(["\(tool)-nft-restore"], input: Self.recorded(scenario, tool))
        }
        for namespace in [after, anew] {
            let socket = try namespace.perform { try NetfilterSocket() }
            var proxier = Proxier(
                scenario.iptablesSettings, rules: scenario.rules, mode: .iptables, cluster: Scenario.cluster,
                kernel: socket)
            let report = try proxier.sync(StateUpdate(edits: scenario.edits))
            #expect((report.changedRules == 0) == (namespace === after))
        }
        for family in IPFamily.allCases {
            expectSameLines(
                try after.save(family), try anew.save(family), "\(family)", "after kube-proxy", "anew")
        }
    }
}
