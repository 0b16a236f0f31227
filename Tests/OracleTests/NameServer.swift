import Discovery
import Foundation
import NetworkValues
import TestSupport

/// A real DNS server that serves a directory of zones, in a namespace of its own.
final class NameServer {
    /// Whose.
    enum Kind: String, CaseIterable {
        case nsd
        case knot
    }

    let kind: Kind
    private let namespace: NetworkNamespace
    private let folder: URL
    private let process: BackgroundProcess
    private static let port = 5300

    /// Starts it, and waits until it serves the zones.
    ///
    /// - Parameters:
    ///   - zones: Their names.
    ///   - directory: Where their files are.
    init(_ kind: Kind, _ zones: [DNSName], in directory: String) throws {
        self.kind = kind
        namespace = try NetworkNamespace(kind.rawValue)
        folder = FileManager.default.temporaryDirectory.appending(path: "sy-\(kind.rawValue)-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "server.conf")
        try Data(kind.configuration(zones, in: directory, folder.path(), Self.port).utf8).write(to: file)
        let command =
            switch kind {
            case .nsd: ["nsd", "-d", "-c", file.path()]
            case .knot: ["knotd", "-c", file.path()]
            }
        process = try BackgroundProcess(command, in: namespace)
        let last = zones.last.map { DNSQuestion($0, .authority) }
        try process.wait(for: "an answer of \(kind)") { try last.map { try ask([$0])[0].status == "NOERROR" } ?? true }
    }

    deinit {
        do {
            try FileManager.default.removeItem(at: folder)
        } catch {
            FileHandle.standardError.write(Data("leaving \(folder.path()) behind: \(error)\n".utf8))
        }
    }

    /// Has it read the files that have changed.
    func reload() throws {
        let file = folder.appending(path: "server.conf").path()
        switch kind {
        case .nsd: try Shell.check(["nsd-control", "-c", file, "reload"])
        case .knot: try Shell.check(["knotc", "-c", file, "zone-reload"])
        }
    }

    /// Waits until it answers a question in a way.
    func wait(for what: String, _ question: DNSQuestion, _ isMet: ([String]) -> Bool) throws {
        try process.wait(for: what) { isMet(try ask([question])[0].answers) }
    }

    /// Asks questions by `dig`, one after another.
    func ask(_ questions: [DNSQuestion]) throws -> [DigAnswer] {
        let file = folder.appending(path: "questions")
        try Data(questions.map { "\($0.name) \($0.type.rawValue)\n" }.joined().utf8).write(to: file)
        let options = [
            "+norecurse", "+nocookie", "+noall", "+comments", "+answer", "+authority", "+tries=2", "+timeout=2",
        ]
        let result = try namespace.run(
            ["dig", "@127.0.0.1", "-p", "\(Self.port)", "-f", file.path()] + options)
        let answers = DigAnswer.all(in: result.output)
        // It has not begun to listen.
        if answers.count < questions.count, questions.count == 1 { return [DigAnswer(status: "none")] }
        guard answers.count == questions.count else {
            throw Disappointment(
                description: "\(answers.count) answers to \(questions.count) questions: \(result.output.suffix(2000))")
        }
        return answers
    }
}

/// A name and a type.
struct DNSQuestion: Hashable {
    var name: DNSName
    var type: RecordType

    init(_ name: DNSName, _ type: RecordType) {
        self.name = name
        self.type = type
    }
}

/// What `dig` prints of an answer.
struct DigAnswer {
    var status: String
    /// The records, as ``RecordSet/text`` has them but with spaces, sorted.
    var answers: [String] = []
    var authority: [String] = []

    static func all(in text: String) -> [DigAnswer] {
        var answers: [DigAnswer] = []
        var isAuthority = false
        for line in text.split(separator: "\n") {
            if line.hasPrefix(";; ->>HEADER<<-") {
                let status = line.split(separator: " ").drop { $0 != "status:" }.dropFirst().first ?? ""
                answers.append(DigAnswer(status: String(status.dropLast())))
                isAuthority = false
            } else if line == ";; ANSWER SECTION:" || line == ";; AUTHORITY SECTION:" {
                isAuthority = line == ";; AUTHORITY SECTION:"
            } else if !line.hasPrefix(";"), let last = answers.indices.last {
                if isAuthority {
                    answers[last].authority.append(normalized(line))
                } else {
                    answers[last].answers.append(normalized(line))
                }
            }
        }
        return answers.map {
            DigAnswer(status: $0.status, answers: $0.answers.sorted(), authority: $0.authority.sorted())
        }
    }

    /// With single spaces, and addresses as they are written here.
    static func normalized(_ line: some StringProtocol) -> String {
        var words = String(line).replacing("\t", with: " ").split(separator: " ").map { String($0) }
        if let address = words.last.flatMap({ IPAddress($0) }) { words[words.count - 1] = "\(address)" }
        return words.joined(separator: " ")
    }
}

extension NameServer.Kind {
    fileprivate func configuration(_ zones: [DNSName], in directory: String, _ folder: String, _ port: Int) -> String {
        switch self {
        case .nsd:
            return """
                server:
                    ip-address: 127.0.0.1@\(port)
                    username: ""
                    zonesdir: "\(directory)"
                    database: ""
                    pidfile: "\(folder)/pid"
                    xfrdfile: ""
                    zonelistfile: "\(folder)/zones"
                    server-count: 1
                    rrl-ratelimit: 0
                remote-control:
                    control-enable: yes
                    control-interface: "\(folder)/control"

                """ + zones.map { "zone:\n    name: \($0.text)\n    zonefile: db.\($0.text)\n" }.joined()
        case .knot:
            return """
                server:
                    listen: 127.0.0.1@\(port)
                    rundir: \(folder)
                    udp-workers: 1
                    tcp-workers: 1
                    background-workers: 1
                log:
                  - target: stderr
                    any: warning
                database:
                    storage: \(folder)
                    journal-db-max-size: 16M
                    timer-db-max-size: 16M
                template:
                  - id: default
                    storage: \(directory)
                    file: db.%s
                    zonefile-sync: -1
                    zonefile-load: whole
                    journal-content: none
                zone:

                """ + zones.map { "  - domain: \($0.text)\n" }.joined()
        }
    }
}
