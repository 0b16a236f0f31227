import ArgumentParser
import ClusterModel
import ClusterState
import NetfilterKernel
import NetworkValues
import ProxyConfiguration
import ProxyDaemon
import ProxyPlanning

/// `switchyard render`: everything but the commit.
struct Render: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the rules, or what comes before and after them, and touch nothing.")

    /// A format of rules.
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case nft
        case iptables
        case ip6tables

        /// The mode whose rules it shows.
        var mode: ProxyMode { family == nil ? .nftables : .iptables }

        /// The family whose rules it shows; nil for both.
        var family: IPFamily? {
            switch self {
            case .nft: nil
            case .iptables: .ipv4
            case .ip6tables: .ipv6
            }
        }
    }

    /// A boundary of the pipeline.
    enum Stage: String, ExpressibleByArgument, CaseIterable {
        /// The state as it is understood.
        case snapshot
        /// What is known of the node.
        case view
        /// What is to be done.
        case plan
        /// The tables.
        case rules
        /// The messages that would make them.
        case batch
    }

    @OptionGroup var state: StateOptions
    @OptionGroup var proxy: ProxyOptions

    @Option(
        help: """
            The syntax of the rules: nft, which `nft -f` loads; iptables or ip6tables, which `iptables-restore --noflush` or \
            `ip6tables-restore --noflush` loads. (default: that of --proxy-mode; iptables is both families)
            """)
    var format: Format?

    @Option(
        help: """
            What to print: snapshot, the state as it is understood, a line for each object; view, what is known of this node; plan, \
            what is to be done; rules; or batch, the steps that make the rules where there are none.
            """)
    var stage: Stage = .rules

    func run() throws {
        try renderOnce(state, proxy, stage: stage, format: format)
    }
}

/// Prints what the state in these files gives.
///
/// - Throws: also if part of the state could not be used, after what could be.
func renderOnce(
    _ state: StateOptions, _ options: ProxyOptions, stage: Render.Stage = .rules, format: Render.Format? = nil
) throws {
    let configuration = try options.configuration(for: format?.mode)
    let (cluster, words) = try readCluster(state, options.ranges)
    let snapshot = cluster.snapshot
    let plan = Planner.plan(snapshot, configuration.proxy, machineAddresses: try NetfilterSocket().machineAddresses())
    keepUntilProcessEnds(plan)
    let rules = RenderedRules(plan, configuration.rules, format.map { [$0] } ?? configuration.mode.formats)
    switch stage {
    case .snapshot: try printText(snapshot.text)
    case .view: try printText(plan.view.text)
    case .plan: try printText(plan.text)
    case .rules: try printText(rules.text)
    case .batch: try printText(rules.batchText)
    }
    let diagnostics = options.foreign.diagnostics + words + plan.diagnostics
    try finish(diagnostics)
}

extension ProxyMode {
    /// The formats that show all of its rules.
    var formats: [Render.Format] {
        switch self {
        case .nftables: [.nft]
        case .iptables: [.iptables, .ip6tables]
        }
    }
}
