import ArgumentParser
import ClusterModel
import ClusterState
import Glibc
import ObjectPrinting
import StateFiles

/// `switchyard get`: the state as it is in force, with its defaults and with what was given.
struct Get: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print Services or their endpoints as they are in force, as kubectl get does.")

    /// What is printed, in all of kubectl's spellings.
    enum Resource: String, ExpressibleByArgument, CaseIterable {
        case services
        case service
        case svc
        case endpoints
        case ep

        static var allValueStrings: [String] { ["services", "endpoints"] }

        var isServices: Bool { self != .endpoints && self != .ep }
    }

    @Argument(help: "services or endpoints.")
    var resource: Resource

    @Argument(help: ArgumentHelp("Only these.", valueName: "name"))
    var names: [String] = []

    @OptionGroup var state: StateOptions
    @OptionGroup var ranges: AllocationRanges

    @Option(name: .shortAndLong, help: ArgumentHelp("The namespace.", valueName: "name"))
    var namespace = "default"

    @Flag(name: [.customShort("A"), .long], help: "All namespaces.")
    var allNamespaces = false

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp(
            "json or yaml, a v1 List; wide, columns with more in them. (default: kubectl's columns)",
            valueName: "format"))
    var format: ObjectOutput = .columns

    func run() throws {
        let update = try readState(at: state.paths)
        var cluster = try makeCluster(state, ranges, changesFiles: false)
        let diagnostics = update.diagnostics + cluster.take(update).diagnostics
        keepUntilProcessEnds(update, cluster)
        let services = cluster.snapshot.services.values.filter { isWanted($0.metadata.name) }
            .sorted { $0.metadata.name < $1.metadata.name }
        try printText(text(services, cluster.snapshot))
        try printDiagnostics(diagnostics + missing(services))
        if diagnostics.contains(where: { $0.severity == .error }) || !missing(services).isEmpty {
            throw ExitCode.failure
        }
    }

    private func isWanted(_ name: NamespacedName) -> Bool {
        (allNamespaces || name.namespace == namespace) && (names.isEmpty || names.contains(name.name))
    }

    private func text(_ services: [Service], _ snapshot: ClusterSnapshot) throws -> String {
        let now = Timestamp(seconds: Int64(time(nil)))
        let empty = allNamespaces ? "No resources found\n" : "No resources found in \(namespace) namespace.\n"
        let isWide = format == .wide
        if resource.isServices {
            return try format.text(
                of: services, isEmpty: empty, tree: \.tree,
                table: Service.table(services, isWide: isWide, hasNamespaces: allNamespaces, now: now))
        }
        let views = services.filter { $0.type != .externalName }
            .map { EndpointsView($0.metadata, slices: snapshot.slices(of: $0.metadata.name)) }
        return try format.text(
            of: views, isEmpty: empty, tree: \.tree,
            table: EndpointsView.table(views, hasNamespaces: allNamespaces, now: now))
    }

    /// What was asked for by name and is not there.
    private func missing(_ services: [Service]) -> [Diagnostic] {
        let found = Set(services.map(\.metadata.name.name))
        return names.filter { !found.contains($0) }.map { name in
            Diagnostic(.error, "services \"\(name)\" not found")
        }
    }
}
