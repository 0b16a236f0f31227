import Allocation
import ArgumentParser
import ClusterModel
import ClusterState
package import ProxyConfiguration
import StateFiles

/// Flags of the API server's, which a proxy without one needs to give Services what they have not chosen, and to tell what the
/// API server would never have given.
struct AllocationRanges: ParsableArguments {
    @Option(
        name: .customLong("service-cluster-ip-range"),
        help: ArgumentHelp(
            """
            The API server's: out of these blocks, one per family, separated by a comma, Services without cluster IPs get \
            theirs; cluster IPs outside are not served. (default: none are given, any are served)
            """, valueName: "blocks"))
    var clusterIPs: FamilyBlocks?

    @Option(
        name: .customLong("service-node-port-range"),
        help: ArgumentHelp(
            """
            The API server's, such as 30000-32767: out of it Services get the node ports and health check node ports that \
            they need; those outside are not served. (default: none are given, any are served)
            """, valueName: "ports"))
    var nodePorts: PortRange?

    @Option(
        help: ArgumentHelp(
            """
            Where it is remembered what Services were given out of these ranges, so that they keep it. (default: nowhere; \
            the same Services get the same then, as far as they can)
            """, valueName: "file"))
    var allocations: String?

    func validate() throws {
        if allocations != nil, clusterIPs == nil, nodePorts == nil {
            throw ValidationError("--allocations: needs --service-cluster-ip-range or --service-node-port-range")
        }
    }

    /// What gives Services what they have not chosen; nil if nothing is given.
    ///
    /// - Parameter changesFiles: Whether it is remembered; if not, the file is read and left as it is.
    /// - Throws: if the file is damaged, or another process's.
    func stage(changesFiles: Bool) throws -> AllocationStage? {
        if clusterIPs == nil, nodePorts == nil { return nil }
        let store = changesFiles ? try allocations.map { path throws(StateError) in try AllocationsFile(path) } : nil
        let remembered = try allocations.map { path throws(StateError) in try AllocationsFile.load(path) } ?? [:]
        let words = "what Services are given is remembered as long as this runs; --allocations FILE keeps it"
        return AllocationStage(
            Allocator(blocks: clusterIPs?.prefixes ?? [], ports: nodePorts?.ports), remembered: remembered,
            store: store,
            warning: changesFiles ? Diagnostic(.warning, words) : nil)
    }
}

extension FamilyBlocks: ExpressibleByArgument {
    /// At least one block: an empty value would let no cluster IP be served.
    package init?(argument: String) {
        if argument.isEmpty { return nil }
        self.init(argument)
    }
}

extension PortRange: ExpressibleByArgument {
    /// As ``init(_:)``.
    package init?(argument: String) { self.init(argument) }
}
