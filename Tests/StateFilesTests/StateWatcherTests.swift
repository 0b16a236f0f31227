import ClusterModel
import ClusterState
import Glibc
import StateFiles
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(2))) struct StateWatcherTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func watch(settle: Duration = .zero) throws -> StateWatcher {
        try StateWatcher(paths: [directory.path], settle: settle)
    }

    @Test func beginsWithAllThereIs() async throws {
        let empty = try watch()
        #expect(try await empty.soon() == StateUpdate(), "an empty directory is a state too")
        try directory.write("a.json", serviceText("a"))
        try directory.makeDirectory("sub")
        try directory.write("sub/b.json", serviceText("b"))
        let watcher = try watch()
        #expect(try await watcher.soon() == StateUpdate(edits: [serviceEdit("a"), serviceEdit("b")]))
    }

    @Test func followsFiles() async throws {
        let watcher = try watch()
        _ = try await watcher.soon()
        try directory.write("a.json", serviceText("a"))
        #expect(try await watcher.soon() == StateUpdate(edits: [serviceEdit("a")]))
        try directory.replace("a.json", serviceText("a", port: 81))
        #expect(try await watcher.soon()?.edits == [serviceEdit("a", port: 81)])
        try directory.move("a.json", to: directory.file("a.off"))
        #expect(try await watcher.soon()?.edits == [serviceDeletion("a")])
        try directory.move("a.off", to: directory.file("b.json"))
        #expect(try await watcher.soon()?.edits == [serviceEdit("a", port: 81)])
        try directory.delete("b.json")
        #expect(try await watcher.soon()?.edits == [serviceDeletion("a")])
    }

    @Test func saysNothingOfWhatDoesNotMatter() async throws {
        try directory.write("a.json", serviceText("a"))
        let watcher = try watch()
        _ = try await watcher.soon()
        try directory.write("a.json", " " + serviceText("a") + "\n")
        try directory.write(".b.json", serviceText("b"))
        try directory.write("b.json~", serviceText("b"))
        try directory.write("#b.json", serviceText("b"))
        try directory.makeDirectory(".git")
        try directory.write(".git/b.json", serviceText("b"))
        try directory.write("c.json", serviceText("c"))
        #expect(try await watcher.soon() == StateUpdate(edits: [serviceEdit("c")]))
    }

    @Test func keepsAHalfWrittenFile() async throws {
        try directory.write("a.json", serviceText("a"))
        let watcher = try watch()
        _ = try await watcher.soon()
        let file = try openForWriting(directory.file("a.json"))
        let text = Array(serviceText("a", port: 81).utf8)
        _ = try file.writeAll(text[..<20])
        try directory.write("b.json", serviceText("b"))
        #expect(try await watcher.soon() == StateUpdate(edits: [serviceEdit("b")]), "a.json is still open")
        _ = try file.writeAll(text[20...])
        try file.close()
        #expect(try await watcher.soon() == StateUpdate(edits: [serviceEdit("a", port: 81)]))
        try directory.write("a.json", serviceText("a").dropLast().description)
        let update = try await watcher.soon()
        #expect(update?.edits == [] && update?.diagnostics.count == 1)
        try directory.write("a.json", "")
        let empty = try await watcher.soon()
        #expect(empty?.edits == [] && empty?.diagnostics.count == 1)
        try directory.write("a.json", serviceText("a"))
        #expect(try await watcher.soon() == StateUpdate(edits: [serviceEdit("a")]))
    }

    @Test func fallsBackToTheOtherFileOfAnObject() async throws {
        try directory.write("a.json", serviceText("x", port: 1))
        try directory.touch("a.json", second: 1000)
        let watcher = try watch()
        _ = try await watcher.soon()
        try directory.write("b.json", serviceText("x", port: 2))
        let update = try await watcher.soon()
        #expect(update?.edits == [serviceEdit("x", port: 2)])
        #expect(update?.diagnostics.map(\.severity) == [.warning])
        try directory.delete("b.json")
        #expect(try await watcher.soon() == StateUpdate(edits: [serviceEdit("x", port: 1)]))
    }

    @Test func followsNewDirectories() async throws {
        let watcher = try watch()
        _ = try await watcher.soon()
        try directory.makeDirectory("sub")
        try directory.makeDirectory("sub/sub")
        try directory.write("sub/sub/a.json", serviceText("a"))
        #expect(try await watcher.soon()?.edits == [serviceEdit("a")])
        try directory.write("sub/sub/b.json", serviceText("b"))
        #expect(try await watcher.soon()?.edits == [serviceEdit("b")])
        try directory.move("sub", to: directory.file("other"))
        try directory.write("other/sub/c.json", serviceText("c"))
        #expect(try await watcher.soon()?.edits == [serviceEdit("c")], "the others have only moved")
        try directory.write("other/sub/d.json", serviceText("d"))
        #expect(try await watcher.soon()?.edits == [serviceEdit("d")])
        try directory.move("other", to: directory.beside("away"))
        let deletions = ["a", "b", "c", "d"].map { serviceDeletion($0) }
        #expect(try await watcher.soon()?.edits == deletions)
        try writeFile(directory.beside("away/sub/e.json"), serviceText("e"))
        try directory.write("f.json", serviceText("f"))
        #expect(try await watcher.soon()?.edits == [serviceEdit("f")], "what is away is not watched")
    }

    @Test func followsAMovedInDirectory() async throws {
        let watcher = try watch()
        _ = try await watcher.soon()
        try check(mkdir(directory.beside("new"), 0o755))
        try writeFile(directory.beside("new/a.json"), serviceText("a"))
        try check(rename(directory.beside("new"), directory.file("in")))
        #expect(try await watcher.soon()?.edits == [serviceEdit("a")])
        directory.deleteTree("in")
        #expect(try await watcher.soon()?.edits == [serviceDeletion("a")])
    }

    /// The steps of the kubelet's `AtomicWriter`.
    @Test func followsAConfigMap() async throws {
        func publish(_ version: String, _ port: Int) throws {
            try directory.makeDirectory("..\(version)")
            try directory.write("..\(version)/web.json", serviceText("web", port: port))
            try directory.link("..data_tmp", to: "..\(version)")
            try directory.move("..data_tmp", to: directory.file("..data"))
        }
        try publish("v1", 80)
        try directory.link("web.json", to: "..data/web.json")
        let watcher = try watch()
        #expect(try await watcher.soon()?.edits == [serviceEdit("web")])
        try publish("v2", 81)
        directory.deleteTree("..v1")
        #expect(try await watcher.soon() == StateUpdate(edits: [serviceEdit("web", port: 81)]))
        let single = try StateWatcher(paths: [directory.file("web.json")], settle: .zero)
        #expect(try await single.soon()?.edits == [serviceEdit("web", port: 81)])
        try publish("v3", 82)
        #expect(try await watcher.soon()?.edits == [serviceEdit("web", port: 82)])
        #expect(try await single.soon()?.edits == [serviceEdit("web", port: 82)])
    }

    @Test func aStormIsOneUpdate() async throws {
        let watcher = try watch(settle: .seconds(2))
        _ = try await watcher.soon()
        for number in 0..<500 { try directory.write("\(number).json", serviceText("s\(number)")) }
        let update = try await watcher.soon()
        #expect(update?.edits.count == 500)
    }

    @Test func mergesWhatHappensWhileNobodyWaits() async throws {
        try directory.write("a.json", serviceText("a"))
        let watcher = try watch()
        _ = try await watcher.soon()
        let second = try watch()
        _ = try await second.soon()
        for port in 81...83 {
            try directory.write("a.json", serviceText("a", port: port))
            #expect(try await second.soon()?.edits == [serviceEdit("a", port: UInt16(port))])
        }
        try directory.write("b.json", serviceText("b"))
        #expect(try await second.soon()?.edits == [serviceEdit("b")])
        var edits: [ObjectEdit] = []
        while edits.count < 2 { edits += try await watcher.soon()?.edits ?? [] }
        #expect(edits == [serviceEdit("a", port: 83), serviceEdit("b")])
    }

    @Test func followsOneFile() async throws {
        try directory.write("state", serviceText("a"))
        let watcher = try StateWatcher(paths: [directory.file("state")], settle: .zero)
        #expect(try await watcher.soon()?.edits == [serviceEdit("a")])
        try directory.write("other.json", serviceText("b"))
        try directory.write("state", serviceText("a", port: 81))
        #expect(try await watcher.soon() == StateUpdate(edits: [serviceEdit("a", port: 81)]))
        try directory.replace("state", serviceText("c"))
        #expect(try await watcher.soon() == StateUpdate(edits: [serviceDeletion("a"), serviceEdit("c")]))
        try directory.delete("state")
        let update = try await watcher.soon()
        #expect(update?.edits == [], "the last state stays")
        #expect(
            update?.words == [
                "\(directory.file("state")): cannot read: No such file or directory; "
                    + "what was read from it stays in force"
            ])
        try directory.replace("state", serviceText("d"))
        #expect(try await watcher.soon() == StateUpdate(edits: [serviceDeletion("c"), serviceEdit("d")]))
    }

    @Test func keepsTheStateOfADirectoryThatVanishes() async throws {
        try directory.write("a.json", serviceText("a"))
        try directory.write("b.json", serviceText("b"))
        let watcher = try watch()
        _ = try await watcher.soon()
        try directory.move("", to: directory.beside("away"))
        let update = try await watcher.soon()
        #expect(update?.edits == [])
        #expect(
            update?.words == [
                "\(directory.path): cannot read: No such file or directory; what was read from it stays in force"
            ])
        try check(unlink(directory.beside("away/a.json")))
        try check(rename(directory.beside("away"), directory.path))
        #expect(try await watcher.soon() == StateUpdate(edits: [serviceDeletion("a")]))
        try directory.write("c.json", serviceText("c"))
        #expect(try await watcher.soon() == StateUpdate(edits: [serviceEdit("c")]))
    }

    @Test func findsADirectoryWhoseParentsComeBackOneByOne() async throws {
        try directory.makeDirectory("x")
        try directory.makeDirectory("x/y")
        try directory.write("x/y/a.json", serviceText("a"))
        let watcher = try StateWatcher(paths: [directory.file("x/y")], settle: .zero)
        _ = try await watcher.soon()
        directory.deleteTree("x")
        var words: [String] = []
        while !words.contains(where: { $0.contains("stays in force") }) {
            words += try await watcher.soon()?.words ?? []
        }
        try directory.makeDirectory("x")
        try directory.makeDirectory("x/y")
        try directory.write("x/y/b.json", serviceText("b"))
        var edits: [ObjectEdit] = []
        while !edits.contains(serviceEdit("b")) { edits += try await watcher.soon()?.edits ?? [] }
    }

    @Test func endsWhenToldTo() async throws {
        let watcher = try watch()
        _ = try await watcher.soon()
        async let waiting = watcher.next()
        watcher.stop()
        #expect(try await waiting == nil)
        #expect(try await watcher.next() == nil)
    }

    @Test func canBeCancelledAndAskedAgain() async throws {
        let watcher = try watch()
        _ = try await watcher.soon()
        let task = Task { try await watcher.next() }
        task.cancel()
        #expect(try await task.value == nil)
        try directory.write("a.json", serviceText("a"))
        #expect(try await watcher.soon()?.edits == [serviceEdit("a")])
    }
}
