import ArgumentParser
import Foundation
import ProxyConfiguration
import Testing

@testable import switchyard

@Suite struct NormalizedArgumentsTests {
    @Test(arguments: [
        (["run", "--state", "-", "--help", "-h"], ["run", "--state", "-", "--help", "-h"]),
        // Underscores in names, but not in values or words.
        (
            ["--cluster_cidr=a_b", "--pod_bridge_interface", "cni_0"],
            ["--cluster-cidr=a_b", "--pod-bridge-interface", "cni_0"]
        ),
        (["--masquerade-all"], ["--masquerade-all=true"]),
        (["--masquerade_all=F", "--dry-run=1"], ["--masquerade-all=F", "--dry-run=1"]),
        // A boolean takes no separate word.
        (["--masquerade-all", "false"], ["--masquerade-all=true", "false"]),
        (["-v", "2"], ["--v", "2"]), (["-v=2"], ["--v=2"]), (["-v2"], ["--v=2"]), (["--v=2"], ["--v=2"]),
        (["--version"], ["--version"]), (["--version=raw"], ["--version"]), (["--version=true"], ["--version"]),
        (["--version=false"], []),
        (["--kubeconfig=/a", "-v=1"], ["--ignored-flag", "kubeconfig", "--v=1"]),
        (["--oom-score-adj", "-998", "run"], ["--ignored-flag", "oom-score-adj", "run"]),
        (["--kubeconfig", "--masquerade-all"], ["--ignored-flag", "kubeconfig"]),
        (["--profiling", "run"], ["--ignored-flag", "profiling", "run"]),
        (["--cleanup=false", "--init-only=0"], []),
        (["--cluster_cidr=", "--masquerade-all="], ["--cluster-cidr", "", "--masquerade-all", ""]),
        (["--", "--masquerade_all", "-v2"], ["--", "--masquerade_all", "-v2"]),
        (["--unknown_flag", "--=x", "--"], ["--unknown-flag", "--=x", "--"]),
    ])
    func writesFlagsAsTheParserTakesThem(commandLine: [String], arguments: [String]) throws {
        #expect(try NormalizedArguments(commandLine).arguments == arguments)
    }

    @Test(arguments: [
        ["--config=/a"], ["--config", "/a"], ["--cleanup"], ["--cleanup=true"], ["--cleanup=x"], ["--init-only"],
        ["--write-config-to=/a"], ["--version=1.2"], ["--kubeconfig"], ["--metrics_port"],
    ])
    func refusesWhatCannotBeIgnored(commandLine: [String]) {
        #expect(throws: ValidationError.self) { _ = try NormalizedArguments(commandLine) }
    }

    /// The table must have each boolean of each command, or it could not be given without a value.
    @Test func theTableHasAllBooleans() throws {
        let help = try JSONDecoder().decode(ToolHelp.self, from: Data(Switchyard._dumpHelp().utf8))
        let arguments = try #require(help.command.subcommands).flatMap { $0.arguments ?? [] }
        let booleans = Set(arguments.filter { $0.valueName == "bool" }.compactMap(\.preferredName?.name))
        #expect(booleans == Set(KubeProxyFlag.all.filter { $0.value == .boolean }.keys))
    }

    /// A flag that has come to be an option must not be ignored any more.
    @Test func noOptionIsIgnored() throws {
        let help = try JSONDecoder().decode(ToolHelp.self, from: Data(Switchyard._dumpHelp().utf8))
        let arguments = try #require(help.command.subcommands).flatMap { $0.arguments ?? [] }
        let names = Set(arguments.flatMap { $0.names ?? [] }.map(\.name))
        #expect(names.contains("cluster-cidr"))
        for (name, flag) in KubeProxyFlag.all where flag != .boolean { #expect(!names.contains(name), "\(name)") }
    }

    @Test func aWholeCommandLineOfKubeProxyIsTaken() throws {
        let commandLine = [
            "run", "--state", "/s", "--kubeconfig=/k", "--hostname_override=a", "--proxy-mode=iptables", "--v=2",
            "--oom-score-adj=-998", "--iptables-sync-period=30s", "--iptables-min-sync-period", "1s",
            "--healthz-bind-address=0.0.0.0:10256", "--masquerade-all=false", "--iptables-localhost-nodeports=false",
            "--nodeport-addresses=10.0.0.0/8", "--nodeport-addresses", "fd00::/8",
        ]
        let run = try #require(Switchyard.parseAsRoot(NormalizedArguments(commandLine).arguments) as? Run)
        let layer = run.proxy.layer
        #expect(layer.localhostNodePorts == false && layer.masqueradeAll == false && layer.verbosity == 2)
        #expect(
            run.proxy.foreign.diagnostics.map { "\($0)" } == [
                "these flags of kube-proxy have no effect here: --kubeconfig, --oom-score-adj, --healthz-bind-address"
            ])
    }
}

/// What the argument parser says of a command in JSON.
private struct ToolHelp: Decodable {
    struct Command: Decodable {
        let arguments: [Argument]?
        let subcommands: [Command]?
    }

    struct Argument: Decodable {
        let names: [Name]?
        let preferredName: Name?
        let valueName: String?
    }

    struct Name: Decodable {
        let name: String
    }

    let command: Command
}
