import IPTables
import NetfilterWire
import NetworkValues
import NFTables
import ProxyPlanning
import RuleCompilers

/// The rules of a plan as text.
struct RenderedRules {
    private let plan: ProxyPlan
    private let settings: RuleSettings
    private let formats: [Render.Format]

    /// - Parameter formats: All of one mode.
    init(_ plan: ProxyPlan, _ settings: RuleSettings, _ formats: [Render.Format]) {
        self.plan = plan
        self.settings = settings
        self.formats = formats
    }

    /// Of iptables mode; none in nftables mode.
    private var families: [IPFamily] { formats.compactMap(\.family) }

    /// The tables, with a heading for each format if there are several, since no one command takes them all.
    var text: String {
        if families.isEmpty { return NFTablesCompiler.compile(plan, settings).map(\.nftText).joined(separator: "\n") }
        let tables = IPTablesCompiler.compile(plan, settings)
        let texts = families.map { family in tables.filter { $0.id.family == family }.restoreText }
        if texts.count == 1 { return texts[0] }
        return zip(formats, texts).map { "# for \($0)-restore --noflush\n" + $1 }.joined()
    }

    /// The steps of the transaction that makes the tables where there are none, as `diff` prints them.
    var batchText: String { (accounting + operations.flatMap(\.commands)).map { $0 + "\n" }.joined() }

    private var accounting: [String] {
        let isCounting = settings.usesAccounting && !families.isEmpty
        return isCounting ? IPTablesNames.accountingObjects.map { "nfacct add \($0)" } : []
    }

    private var operations: [BatchOperation] {
        if families.isEmpty {
            var compiler = NFTablesCompiler(settings)
            return compiler.update(to: plan, changed: []).flatMap { BatchOperation.operations(of: $0) }
        }
        return IPTablesCompiler.compile(plan, settings).filter { families.contains($0.id.family) }
            .map { $0.change(from: ListedTable($0.id), isOurs: IPTablesNames.isServiceChain) }
            .filter { !$0.isEmpty }.flatMap { BatchOperation.operations(of: $0) }
    }
}
