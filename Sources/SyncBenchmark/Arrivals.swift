import ClusterModel
import ClusterState
import NetfilterKernel
import ProxyDaemon

/// What a Service costs that comes or goes, against an endpoint that is replaced, however many Services there are.
enum Arrivals {
    static func run() throws {
        print(
            "nftables: planning when one Service comes and goes, and when one endpoint is replaced, us, median of \(rounds):"
        )
        for count in [100, 44000] {
            let (arrivals, replacements) = try measure(serviceCount: count)
            print(
                "  \(count) Services: \(median(arrivals)) and \(median(replacements)), "
                    + "ratio \(ratio(median(arrivals), median(replacements))) (wanted: at most 3)")
        }
    }

    private static let rounds = 101

    private static func measure(serviceCount: Int) throws -> (arrivals: [Int], replacements: [Int]) {
        try enterNewNamespace()
        var cluster = SyntheticCluster(serviceCount + 1, 1)
        let all = cluster.edits
        let newcomer = NamespacedName("bench", "service-\(serviceCount)")
        let arrival = all.filter { $0.reference.name == newcomer }
        var proxier = Proxier(SyncBenchmark.settings, kernel: try NetfilterSocket())
        _ = try proxier.sync(StateUpdate(edits: all.filter { $0.reference.name != newcomer }))
        var (arrivals, replacements): ([Int], [Int]) = ([], [])
        for round in 0..<rounds {
            let departure = [ObjectEdit.delete(ObjectReference(.service, newcomer))]
            for edits in [arrival, departure] {
                arrivals.append(try proxier.sync(StateUpdate(edits: edits)).microseconds.plan)
            }
            let edit = cluster.replaceEndpoint(ofService: round * 37 % serviceCount)
            replacements.append(try proxier.sync(StateUpdate(edits: [edit])).microseconds.plan)
        }
        return (arrivals, replacements)
    }
}
