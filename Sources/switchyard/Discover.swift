import ArgumentParser
import ClusterModel
import ClusterState
import Discovery
import ObjectPrinting

/// `switchyard discover`: how Pods find Services.
struct Discover: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print how Pods find Services: by variables of their environment, and by names in DNS.",
        subcommands: [DiscoverEnvironment.self, DiscoverDNS.self])
}

/// `switchyard discover env`.
struct DiscoverEnvironment: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "env",
        abstract: "Print the variables of the environment that a container started now would get for Services.")

    /// How they are printed.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case export
        case file
        case json
    }

    @OptionGroup var state: StateOptions
    @OptionGroup var ranges: AllocationRanges

    @Option(help: ArgumentHelp("The namespace of the Pod.", valueName: "name"))
    var namespace = "default"

    @Option(
        help: ArgumentHelp(
            "The Pod, whose spec.enableServiceLinks counts. (default: one that says nothing of that)",
            valueName: "name"))
    var pod: String?

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp(
            """
            export, commands of a shell; file, NAME=VALUE lines, as systemd's EnvironmentFile and --env-file of container \
            engines take them; or json, as the env of a container.
            """, valueName: "format"))
    var format: Format = .export

    func run() throws {
        let (cluster, words) = try readCluster(state, ranges)
        var diagnostics = words
        var hasServiceLinks = true
        if let pod {
            guard let pod = cluster.snapshot.pods[NamespacedName(namespace, pod)] else {
                let problem = "there is no Pod \(NamespacedName(namespace, pod)) in the state"
                return try finish(diagnostics + [Diagnostic(.error, problem)])
            }
            hasServiceLinks = pod.hasServiceLinks
        }
        let services = ServiceEnvironment.services(
            for: namespace, hasServiceLinks: hasServiceLinks, in: cluster.snapshot)
        let variables = ServiceEnvironment.variables(for: services)
        let usable = variables.filter { format.takes($0.name) }
        if usable.count < variables.count {
            diagnostics.append(
                Diagnostic(
                    .warning,
                    "\(variables.count - usable.count) variables are left out, since -o \(format.rawValue) has no way to "
                        + "write their names, such as \(variables.first { !format.takes($0.name) }?.name ?? "")"))
        }
        try printText(try format.text(usable))
        try finish(diagnostics)
    }
}

extension DiscoverEnvironment.Format {
    /// Whether a variable can have this name: a Service's may begin with a digit, which shells do not take.
    fileprivate func takes(_ name: String) -> Bool {
        switch self {
        case .export: name.wholeMatch(of: #/[A-Za-z_][A-Za-z0-9_]*/#) != nil
        case .file: name.wholeMatch(of: #/[A-Za-z0-9_.-]+/#) != nil
        case .json: true
        }
    }

    /// The variables, a line for each but in JSON. Their values are addresses, numbers and URLs.
    fileprivate func text(_ variables: [EnvironmentVariable]) throws -> String {
        switch self {
        case .export: return variables.map { "export \($0.name)=\(shellWord($0.value))\n" }.joined()
        case .file: return variables.map { "\($0.name)=\($0.value)\n" }.joined()
        case .json:
            let trees = variables.map { ObjectTree.object(["name": .string($0.name), "value": .string($0.value)]) }
            return try ObjectFormat.json.text(of: .array(trees))
        }
    }
}

/// The text as one word of a shell, in quotes where it would be anything else without: the brackets of an IPv6 address are a
/// pattern of file names.
private func shellWord(_ text: String) -> String {
    if text.wholeMatch(of: #/[A-Za-z0-9_.:\/-]+/#) != nil { return text }
    return "'\(text.replacing("'", with: #"'\''"#))'"
}
