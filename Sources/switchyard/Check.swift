import Admission
import ArgumentParser
import ClusterModel
import ProxyConfiguration
import StateFiles

/// `switchyard check`: what the API server would say.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check Services, Endpoints and EndpointSlices by the rules of the Kubernetes API server 1.36.",
        discussion: """
            Each object is created after those before it, in the order of the paths, files and documents, or changed if it is \
            there already. The exit status is 1 if one would be refused.
            """)

    /// How it is said.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
    }

    @Argument(
        help: ArgumentHelp(
            "A directory of YAML and JSON files, one file, or - for standard input.", valueName: "path"))
    var paths: [String]

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp(
            "text, a line for each cause; or json, a v1 List with the Status of each object that would be refused.",
            valueName: "format"))
    var format: Format = .text

    @Option(
        name: .customLong("service-cluster-ip-range"),
        help: ArgumentHelp(
            """
            The API server's: the blocks of cluster IPs, one per family, separated by a comma; the first has the family that \
            Services get by default. (default: any address, both families)
            """, valueName: "blocks"))
    var clusterIPs: FamilyBlocks?

    @Option(
        name: .customLong("service-node-port-range"),
        help: ArgumentHelp("The API server's, such as 30000-32767. (default: any port)", valueName: "ports"))
    var nodePorts: PortRange?

    func run() throws {
        var statuses: [Status] = []
        var isRefused = false
        var review = DocumentReview(pools)
        try readDocuments(at: paths) { text in
            for answer in answers(to: text, &review) {
                isRefused = isRefused || answer.status != nil
                if format == .json, let status = answer.status { statuses.append(status) }
                let lines = answer.diagnostics.filter { format == .text || $0.severity == .warning }
                if format == .text { try printText(lines.lines) } else { try printError(lines.lines) }
            }
        }
        if format == .json { try printText(Status.list(statuses)) }
        if isRefused { throw ExitCode.failure }
    }

    private var pools: ServicePools {
        let all = ServicePools()
        let range = nodePorts.map { Int($0.ports.lowerBound)...Int($0.ports.upperBound) }
        return ServicePools(
            clusterIPRanges: clusterIPs?.prefixes ?? [], nodePortRange: range ?? all.nodePortRange)
    }

    private func answers(to text: StateText, _ review: inout DocumentReview) -> [DocumentReview.Answer] {
        switch text.documents {
        case .failure(let failure):
            return [DocumentReview.answer(toUnreadable: text.file, at: failure.position, failure.message)]
        case .success(let documents):
            return documents.flatMap { document in
                let notes = document.warning.map { [DocumentReview.Answer(diagnostics: [$0])] } ?? []
                return notes + review.review(document.document, file: text.file)
            }
        }
    }
}
