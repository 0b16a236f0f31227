import Foundation
import TestSupport
import Testing

/// The kinds of Services in docs/examples/kubernetes, each from its manifest to its rules and names: what is printed is what
/// somebody has read and committed.
struct ExampleTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let folder = root.appending(path: "docs/examples/kubernetes")
    private static let range = [
        "--service-cluster-ip-range", "10.96.0.0/16", "--service-node-port-range", "30000-32767",
    ]
    private static let node = ["--hostname-override", "node-a", "--cluster-cidr", "10.244.0.0/16"]

    /// All manifests but the one of the node, which goes with each of them.
    static let manifests: [String] = {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder.path())
                .filter { $0.hasSuffix(".yaml") && $0 != "node.yaml" }.sorted()
        } catch {
            preconditionFailure("no examples: \(error)")
        }
    }()

    @Test(arguments: manifests)
    func whatBecomesOfItIsAsRecorded(_ name: String) throws {
        let network = try NetworkNamespace("node")
        let manifest = Self.folder.appending(path: name).path()
        let files = [manifest, Self.folder.appending(path: "node.yaml").path()]
        let state = files.flatMap { ["--state", $0] } + Self.range
        let commands = [
            ["check", manifest] + Self.range,
            ["get", "services"] + state,
            ["slices"] + state,
            ["render", "--stage", "plan"] + state + Self.node,
            ["discover", "env", "--namespace", "default"] + state,
            ["discover", "dns"] + state,
        ]
        var text = ""
        for command in commands {
            let title = command.prefix { !$0.hasPrefix("-") && !$0.hasPrefix("/") }.joined(separator: " ")
            text += "# \(title)\n" + (try network.check([try SwitchyardCommand.executable] + command))
        }
        // Serials are of the time.
        text = text.split(separator: "\n").filter { !$0.contains("\tSOA\t") }.map { $0 + "\n" }.joined()
        let golden = Self.root.appending(path: "Tests/Examples/\(name.dropLast(".yaml".count)).txt")
        try Golden(file: golden).compare(text.replacing(Self.folder.path() + "/", with: ""))
    }

    @Test func allOfThemAreOneStateThatTheAPIServerWouldTake() throws {
        let network = try NetworkNamespace("node")
        try network.check([try SwitchyardCommand.executable, "check", Self.folder.path()] + Self.range)
        let state = ["--state", Self.folder.path()] + Self.range + Self.node
        try network.check([try SwitchyardCommand.executable, "apply"] + state)
        let rules = try network.check(["nft", "list", "table", "ip", "switchyard"])
        // A Pod of a Service with a selector, an endpoint of one without, and the second port of several.
        for endpoint in ["10.244.1.11 . 9376", "172.20.0.21 . 15432", "10.244.1.21 . 5140"] {
            #expect(rules.contains(endpoint))
        }
        #expect(!rules.contains("10.244.1.13"), "the Pod that is not ready")
    }
}
