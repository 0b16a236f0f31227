import ArgumentParser

/// The command line.
struct Switchyard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "switchyard",
        abstract: "Kubernetes Services without kube-proxy: YAML and JSON files in, netfilter rules in the kernel.",
        discussion: """
            Flags are written as kube-proxy's: hyphens in their names may be underscores, and a boolean is --flag, --flag=true \
            or --flag=false. The exit status is 0 if all went well, 64 if the command line is wrong, 1 after any other error \
            (of diff: 2), and 141 if nobody reads the output any more.
            """,
        version: "switchyard 0.1.0",
        subcommands: [
            Render.self, Apply.self, Diff.self, Run.self, Cleanup.self, Check.self, Discover.self, Slices.self,
            Get.self,
        ])
}
