import Foundation
import Testing

/// Goal: hold the limits of the house style that no compiler or linter holds.
/// Method: read the source tree; the checks themselves are checked on lines that break them.
@Suite struct StyleTests {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Source files below a folder of the project, by their path.
    static func files(below folder: String, endingWith suffixes: [String] = [".swift"]) throws -> [String: [String]] {
        let base = root.appending(path: folder)
        let enumerator = try #require(FileManager.default.enumerator(atPath: base.path))
        var files: [String: [String]] = [:]
        for case let path as String in enumerator where suffixes.contains(where: path.hasSuffix) {
            let text = try String(contentsOf: base.appending(path: path), encoding: .utf8)
            files["\(folder)/\(path)"] = text.components(separatedBy: "\n")
        }
        try #require(!files.isEmpty, "nothing is read below \(folder)")
        return files
    }

    @Test(arguments: ["Sources", "Tests"]) func filesAndFunctionsAreSmall(folder: String) throws {
        for (path, lines) in try Self.files(below: folder) {
            #expect(lines.count <= 401, "\(path) has \(lines.count - 1) lines; 400 is the limit")
            for function in longFunctions(lines) { Issue.record("\(path):\(function): longer than 70 lines") }
        }
    }

    @Test func noSourceHidesErrorsOrLeavesWork() throws {
        for (path, lines) in try Self.files(below: "Sources", endingWith: [".swift", ".c", ".h"]) {
            for (number, line) in lines.enumerated() {
                for reason in breaches(line) { Issue.record("\(path):\(number + 1): \(reason)") }
            }
        }
    }

    /// Rules are committed over netlink: no part of the program may start another.
    @Test func noProcessIsStarted() throws {
        let calls = ["posix_spawn", "fork(", "execv", "execl", "popen(", "system(", "Process()"]
        for (path, lines) in try Self.files(below: "Sources", endingWith: [".swift", ".c", ".h"])
        where !path.hasPrefix("Sources/SyncBenchmark/") {
            for call in calls { #expect(!lines.contains { $0.contains(call) }, "\(path) calls \(call)") }
        }
    }

    @Test func theChecksFindWhatTheyLookFor() {
        #expect(breaches("let x = try? f()") == ["try? hides an error"])
        #expect(breaches("// TO" + "DO: later") == ["unfinished work"])
        #expect(breaches("let x = try f()").isEmpty)
        let long = ["    func f() {"] + Array(repeating: "        g()", count: 70) + ["    }"]
        #expect(longFunctions(long) == [1])
        #expect(longFunctions(long.dropLast(3) + ["    }"]) == [])
    }
}

private func breaches(_ line: String) -> [String] {
    let reasons = [
        ("try? ", "try? hides an error"), ("try!", "try! ends the program"), ("fatalError(", "use precondition"),
        ("TO" + "DO", "unfinished work"), ("FIX" + "ME", "unfinished work"), ("@unchecked Sendable", "unchecked"),
    ]
    return reasons.filter { line.contains($0.0) }.map(\.1)
}

/// - Returns: the line numbers of functions and initializers of more than 70 lines.
private func longFunctions(_ lines: [String]) -> [Int] {
    lines.indices.filter { index in
        let line = lines[index]
        let indentation = line.prefix { $0 == " " }
        guard line.contains("func ") || line.contains("init("), !line.contains("//"), !line.hasSuffix("}") else {
            return false
        }
        guard let end = lines[index...].firstIndex(where: { $0 == indentation + "}" }) else { return false }
        return end - index + 1 > 70
    }
    .map { $0 + 1 }
}
