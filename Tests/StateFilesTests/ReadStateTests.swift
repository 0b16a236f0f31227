import ClusterModel
import Glibc
import SystemPackage
import Testing

@testable import ClusterState
@testable import StateFiles

@Suite struct ReadStateTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test func readsADirectoryAndAllInIt() throws {
        try directory.write("b.json", serviceText("b"))
        try directory.makeDirectory("sub")
        try directory.makeDirectory("sub/sub")
        try directory.write("sub/sub/a.json", serviceText("a") + serviceText("c"))
        #expect(
            try readState(at: [directory.path])
                == StateUpdate(edits: [serviceEdit("a"), serviceEdit("b"), serviceEdit("c")]))
    }

    @Test func passesOverWhatIsNoState() throws {
        for name in [".hidden.json", "#a.json#", "#a.json", "a.json~", "a.json.swp", ".a.json.swp", "a.tmp", "a"] {
            try directory.write(name, serviceText("a"))
        }
        try directory.makeDirectory(".git")
        try directory.write(".git/a.json", serviceText("a"))
        try check(mkfifo(directory.file("pipe.json"), 0o600))
        try directory.link("dangling.json", to: "nowhere")
        try directory.link("loop", to: ".")
        #expect(try readState(at: [directory.path]) == StateUpdate())
    }

    @Test func followsLinksToFilesOnly() throws {
        try check(mkdir(directory.beside("other"), 0o755))
        try writeFile(directory.beside("other/x.json"), serviceText("x"))
        try directory.link("linked", to: "../other")
        try directory.link("file.json", to: "../other/x.json")
        #expect(try readState(at: [directory.path]).edits == [serviceEdit("x")])
        try check(symlink("state", directory.beside("root")))
        #expect(try readState(at: [directory.beside("root")]).edits == [serviceEdit("x")])
    }

    @Test func readsOneFileOfAnyName() throws {
        try directory.write(".state", serviceText("a"))
        #expect(try readState(at: [directory.file(".state")]).edits == [serviceEdit("a")])
    }

    @Test func takesTheFileThatWasChangedLast() throws {
        try directory.write("a.json", serviceText("x", port: 1))
        try directory.write("b.json", serviceText("x", port: 2))
        try directory.touch("a.json", second: 2000)
        try directory.touch("b.json", second: 1000)
        let update = try readState(at: [directory.path])
        #expect(update.edits == [serviceEdit("x", port: 1)])
        let (a, b) = (directory.file("a.json"), directory.file("b.json"))
        #expect(update.words == ["\(b): Service default/x: is also in \(a), which is used, as it was changed later"])
    }

    @Test func reportsABadFileBesideGoodOnes() throws {
        try directory.write("a.json", serviceText("a"))
        try directory.write("b.json", "{")
        let update = try readState(at: [directory.path + "/"])
        #expect(update.edits == [serviceEdit("a")])
        #expect(
            update.words == [
                "\(directory.file("b.json")): no valid JSON at line 1, column 2: "
                    + "it ends where a key in quotes was expected; "
                    + "all rules in the kernel are kept that may be for what is in it"
            ])
        #expect(update.unknown == .anything)
    }

    @Test func severalPathsMakeOneState() throws {
        try directory.makeDirectory("sub")
        try directory.write("sub/a.json", serviceText("a"))
        try directory.write("b", serviceText("b") + serviceText("a", port: 81))
        try directory.touch("b", second: 1000)
        let update = try readState(at: [directory.file("sub"), directory.file("b")])
        #expect(update.edits == [serviceEdit("a"), serviceEdit("b")])
        #expect(update.diagnostics.count == 1, "two files have a")
    }

    @Test func readsYAMLBesideJSON() throws {
        let text = "kind: Service\nmetadata: {name: b}\nspec: {ports: [{port: 80}]}\n---\n"
        try directory.write("a.json", serviceText("a"))
        try directory.write("b.yaml", text + text.replacing("name: b", with: "name: c"))
        try directory.write("d.yml", text.replacing("name: b", with: "name: d"))
        for name in [".e.yaml", "#f.yaml", "g.yaml~"] { try directory.write(name, "kind: [") }
        let update = try readState(at: [directory.path])
        #expect(update == StateUpdate(edits: ["a", "b", "c", "d"].map { serviceEdit($0) }))
        #expect(try readState(at: [directory.file("b.yaml")]).edits == [serviceEdit("b"), serviceEdit("c")])
    }

    @Test func refusesAFileThatIsTooLong() throws {
        try directory.write("a.json", serviceText("a"))
        // A hole: nothing of it is on the disk.
        try directory.write("b.json", "")
        try check(truncate(directory.file("b.json"), off_t(fileSizeMax) + 1))
        let update = try readState(at: [directory.path])
        #expect(update.edits == [serviceEdit("a")] && update.unknown == .anything)
        #expect(update.diagnostics.count == 1 && update.words.first?.contains("268435457 bytes") == true)
    }

    @Test func throwsIfThereIsNothing() throws {
        let path = directory.file("nothing")
        #expect(throws: StateError(path: path, operation: "read", reason: "No such file or directory")) {
            try readState(at: [path])
        }
        #expect(throws: StateError(path: path, operation: "read", reason: "No such file or directory")) {
            _ = try StateWatcher(paths: [path], settle: .zero)
        }
        #expect(
            StateError(path: "x", operation: "read", reason: "No such file or directory").description
                == "x: cannot read: No such file or directory")
    }
}
