import ClusterModel
import Foundation
import IPTables
import NetworkValues
import NFTables
import ProxyPlanning
import Testing

/// The second oracle: the text of plan, rules and diagnostics is what somebody has read and committed.
struct GoldenTests {
    @Test(arguments: Scenario.names)
    func textsAreAsRecorded(_ name: String) throws {
        let scenario = try Scenario(name)
        let folder = scenario.folder.appending(path: "expected")
        let cluster = scenario.folder.appending(path: "cluster").path() + "/"
        let diagnostics = scenario.diagnostics.map { diagnostic in
            "\(diagnostic.severity.rawValue): \(diagnostic)\n".replacing(cluster, with: "cluster/")
        }
        let texts = [
            "plan.txt": scenario.plan.text,
            "rules.nft": scenario.tables.map(\.nftText).joined(separator: "\n"),
            "rules.iptables": Self.restoreText(scenario, .ipv4),
            "rules.ip6tables": Self.restoreText(scenario, .ipv6),
            "diagnostics.txt": diagnostics.joined(),
        ]
        for (file, text) in texts.sorted(by: { $0.key < $1.key }) {
            try Golden(file: folder.appending(path: file)).compare(text)
        }
    }

    private static func restoreText(_ scenario: Scenario, _ family: IPFamily) -> String {
        scenario.iptables.filter { $0.id.family == family }.restoreText
    }
}

/// A text that somebody has read and committed.
struct Golden {
    /// Set by scripts/record-goldens alone.
    private static let isRecording = ProcessInfo.processInfo.environment["SWITCHYARD_RECORD_GOLDENS"] == "1"

    let file: URL

    /// Sets a text against the golden; or, where goldens are recorded, makes it the golden, and the test fail.
    func compare(_ text: String) throws {
        if Self.isRecording {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
            Issue.record("recorded \(file.path())")
            return
        }
        let golden = try String(contentsOf: file, encoding: .utf8)
        expectSameLines(text, golden, "\(file.path())", "what is printed", "the golden")
    }
}

/// Two texts that must be the same; shows the first line that is not.
func expectSameLines(
    _ first: String, _ second: String, _ what: String, _ firstLabel: String, _ secondLabel: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    if first == second { return }
    let lines = [first, second].map { $0.split(separator: "\n", omittingEmptySubsequences: false) }
    let index = zip(lines[0], lines[1]).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    let place = index ?? min(lines[0].count, lines[1].count)
    let show = { (part: [Substring]) in place < part.count ? String(part[place]) : "(ends)" }
    Issue.record(
        "\(what), line \(place + 1)\n\(firstLabel): \(show(lines[0]))\n\(secondLabel): \(show(lines[1]))",
        sourceLocation: sourceLocation)
}
