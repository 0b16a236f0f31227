import ArgumentParser

/// The command line.
@main
struct Switchyard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switchyard",
        abstract: "Kubernetes Services without kube-proxy: JSON files in, netfilter rules in the kernel.",
        subcommands: [Render.self, Apply.self, Diff.self, Run.self, Cleanup.self])
}
