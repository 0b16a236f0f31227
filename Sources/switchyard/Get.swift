import ArgumentParser
import ClusterModel
import ClusterState
import Glibc
import ObjectPrinting

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

    @OptionGroup var output: ObjectOutputOptions

    func run() throws {
        let (cluster, diagnostics) = try readCluster(state, ranges)
        let services = cluster.snapshot.services.values.filter { isWanted($0.metadata.name) }
            .sorted { $0.metadata.name < $1.metadata.name }
        try printText(text(services, cluster.snapshot))
        try finish(diagnostics + missing(services))
    }

    private func isWanted(_ name: NamespacedName) -> Bool {
        (allNamespaces || name.namespace == namespace) && (names.isEmpty || names.contains(name.name))
    }

    private func text(_ services: [Service], _ snapshot: ClusterSnapshot) throws -> String {
        let now = Timestamp(seconds: Int64(time(nil)))
        let empty = allNamespaces ? "No resources found\n" : "No resources found in \(namespace) namespace.\n"
        let format = output.format
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
