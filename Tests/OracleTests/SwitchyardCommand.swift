import Foundation
import ProxyConfiguration
import ProxyDaemon
import TestSupport

/// The built executable, as a user runs it on the node of a topology.
struct SwitchyardCommand {
    let node: NetworkNamespace
    let files: ClusterFiles

    init(node: NetworkNamespace, files: ClusterFiles) {
        self.node = node
        self.files = files
    }

    /// With files of the Service web and its endpoints.
    init(servingWebOn node: NetworkNamespace) throws {
        self.init(node: node, files: try ClusterFiles())
        try files.addWeb()
    }

    /// It lies beside the tests, which depend on it.
    static var executable: String {
        get throws {
            let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            return URL(filePath: tests).deletingLastPathComponent().appending(path: "switchyard").path()
        }
    }

    private func arguments(_ command: String) throws -> [String] {
        try withoutState(command) + ["--state", files.folder.path()]
    }

    /// The words of a command whose state comes from elsewhere.
    func withoutState(_ command: String) throws -> [String] {
        [try Self.executable, command, "--hostname-override", "node-a", "--cluster-cidr", "10.64.0.0/16,fd64::/48"]
    }

    /// The words of a command with the files and these options.
    func withState(_ command: String, _ options: [String]) throws -> [String] { try arguments(command) + options }

    /// The words of a command that knows nothing of nodes.
    func onlyState(_ command: String, _ options: [String]) throws -> [String] {
        try [Self.executable, command, "--state", files.folder.path()] + options
    }

    func apply(_ mode: ProxyMode = .nftables) throws {
        try node.check(arguments("apply") + ["--proxy-mode", mode.rawValue])
    }

    func render(_ options: [String]) throws -> String { try node.check(arguments("render") + options) }

    func tryToApply(_ mode: ProxyMode) throws -> CommandOutput {
        try node.run(arguments("apply") + ["--proxy-mode", mode.rawValue])
    }

    func diff(_ mode: ProxyMode) throws -> CommandOutput {
        try node.run(arguments("diff") + ["--proxy-mode", mode.rawValue])
    }

    /// Runs the command in a shell, as `"$@"` of a script.
    func script(_ script: String, _ command: String, _ options: [String] = []) throws -> CommandOutput {
        try node.run(["sh", "-c", script, "sh"] + arguments(command) + options)
    }

    /// A command in a user namespace and a network namespace of its own, and then another one there.
    func runAsNobody(_ command: String, then next: String) throws -> CommandOutput {
        let line = try arguments(command).joined(separator: " ")
        return try Shell.run(["unshare", "-Urn", "sh", "-c", "\(line) && \(next)"])
    }

    func cleanup() throws { try node.check([try Self.executable, "cleanup"]) }

    func run(
        _ mode: ProxyMode = .nftables, _ options: [String] = [], errors: FileHandle? = nil
    ) throws -> BackgroundProcess {
        try BackgroundProcess(
            arguments("run") + ["--proxy-mode", mode.rawValue] + options, in: node, errors: errors)
    }

    /// Runs the daemon in a shell, as `"$@"` of a script.
    func run(inScript script: String) throws -> BackgroundProcess {
        try BackgroundProcess(["sh", "-c", script, "sh"] + arguments("run"), in: node)
    }

    /// Starts the daemon, and waits until the kernel has what the files say.
    func start(_ mode: ProxyMode = .nftables, _ options: [String] = []) throws -> BackgroundProcess {
        let daemon = try run(mode, options)
        try daemon.wait(for: "the first sync") { try daemon.errors.contains { $0.contains("synced") } }
        return daemon
    }

    /// What the kernel holds, as `nft` shows it, without the time that elements have left.
    func listing() throws -> String {
        try node.check(["nft", "list", "ruleset"]).replacing(#/ expires [0-9a-z]+/#, with: "")
    }
}
