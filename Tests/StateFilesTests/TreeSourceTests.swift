import ClusterModel
import Glibc
import SystemPackage
import Testing

@testable import ClusterState
@testable import StateFiles

@Suite struct TreeSourceTests {
    private let directory: TemporaryDirectory
    private var recorder = UpdateRecorder()

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Waits until something has happened, and takes it in.
    private mutating func follow(_ source: inout TreeSource) throws -> SourceNews {
        let descriptor = try #require(source.descriptor)
        var polled = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        try #require(poll(&polled, 1, 30_000) == 1, "nothing happened for half a minute")
        return try source.receive(.now, &recorder.ledger)
    }

    private mutating func settle(_ source: inout TreeSource) -> StateUpdate? {
        source.settle(.now, &recorder.ledger)
        return recorder.update(source.takeDiagnostics(), unknown: source.unknown)
    }

    @Test mutating func readsAllAnewAfterAnOverflow() throws {
        try directory.write("a.json", serviceText("a"))
        try directory.write("b.json", serviceText("b"))
        var source = try TreeSource(directory.path)
        let firstState = settle(&source)
        #expect(firstState == StateUpdate(edits: [serviceEdit("a"), serviceEdit("b")]))

        try directory.delete("a.json")
        try directory.makeDirectory("sub")
        try directory.write("sub/c.json", serviceText("c"))
        // The kernel's queue is full: none of these events can be had.
        let isNews = source.take(Inotify.Event(watch: -1, mask: .overflow, name: ""))
        #expect(isNews)
        let secondState = settle(&source)
        #expect(secondState == StateUpdate(edits: [serviceDeletion("a"), serviceEdit("c")]))

        try directory.write("sub/d.json", serviceText("d"))
        _ = try follow(&source)
        let thirdState = settle(&source)
        #expect(thirdState == StateUpdate(edits: [serviceEdit("d")]), "the new directory is watched")
    }

    @Test mutating func doesNotWakeForWhatDoesNotMatter() throws {
        var source = try TreeSource(directory.path)
        _ = settle(&source)
        try directory.write(".a.json", serviceText("a"))
        try writeFile(directory.beside("a.json"), serviceText("a"))
        let firstState = try follow(&source)
        #expect(firstState == .none)
        try directory.write("a.json", serviceText("a"))
        while try follow(&source) == .none {}
    }

    @Test mutating func readsAFileOnlyWhenItsWriterHasClosedIt() throws {
        var source = try TreeSource(directory.path)
        _ = settle(&source)
        let file = try openForWriting(directory.file("a.json"))
        _ = try file.writeAll(serviceText("a").utf8)
        let firstState = try follow(&source)
        #expect(firstState == .none)
        try file.close()
        while try follow(&source) == .none {}
    }

    @Test(arguments: ["hard", "symbolic"])
    func readsALinkAtOnce(kind: String) throws {
        var test = self
        try writeFile(directory.beside("a"), serviceText("a"))
        var source = try TreeSource(directory.path)
        _ = test.settle(&source)
        if kind == "hard" {
            try check(Glibc.link(directory.beside("a"), directory.file("a.json")))
        } else {
            try directory.link("a.json", to: "../a")
        }
        while try test.follow(&source) == .none {}
        let firstState = test.settle(&source)
        #expect(firstState?.edits == [serviceEdit("a")])
    }

    /// A queue that can watch only so many directories.
    private struct SmallQueue: DirectoryQueue {
        let inotify: Inotify
        let allowed: Set<String>

        var descriptor: FileDescriptor { inotify.descriptor }
        func watch(_ path: String) throws(Errno) -> Inotify.Watch {
            guard allowed.contains(path) else { throw .noSpace }
            return try inotify.watch(path)
        }
        func unwatch(_ watch: Inotify.Watch) { inotify.unwatch(watch) }
        func read() throws(Errno) -> [Inotify.Event] { try inotify.read() }
    }

    @Test(arguments: [[], ["state"], ["state", "sub"]])
    func looksAtWhatCannotBeWatched(allowed: [String]) throws {
        var test = self
        try directory.makeDirectory("sub")
        try directory.write("sub/a.json", serviceText("a"))
        let paths = Set(allowed.map { $0 == "state" ? directory.path : directory.file($0) })
        var source = try TreeSource(directory.path) { () throws(Errno) in
            if allowed.isEmpty { throw .tooManyOpenFiles }
            return SmallQueue(inotify: try Inotify(), allowed: paths)
        }
        let first = test.settle(&source)
        #expect(first?.edits == [serviceEdit("a")])
        #expect(first?.diagnostics.map(\.severity) == [.warning])
        #expect(source.pollDue != nil)
        let look1 = source.poll(.now)
        #expect(look1 == .none)
        try directory.write("sub/a.json", serviceText("a", port: 8081))
        try directory.write("sub/b.json", serviceText("b"))
        try directory.makeDirectory("sub/sub")
        try directory.write("sub/sub/c.json", serviceText("c"))
        _ = try source.receive(.now, &test.recorder.ledger)
        _ = source.poll(.now)
        let firstState = test.settle(&source)
        #expect(firstState?.edits == [serviceEdit("a", port: 8081), serviceEdit("b"), serviceEdit("c")])
        try directory.replace("sub/sub/c.json", serviceText("c", port: 8081))
        try directory.delete("sub/b.json")
        _ = try source.receive(.now, &test.recorder.ledger)
        _ = source.poll(.now)
        let secondState = test.settle(&source)
        #expect(secondState?.edits == [serviceDeletion("b"), serviceEdit("c", port: 8081)])
        directory.deleteTree("sub")
        _ = try source.receive(.now, &test.recorder.ledger)
        _ = source.poll(.now)
        let thirdState = test.settle(&source)
        #expect(thirdState == StateUpdate(edits: [serviceDeletion("a"), serviceDeletion("c")]))
    }

    @Test mutating func looksAtADirectoryThatComesBack() throws {
        try directory.write("a.json", serviceText("a"))
        var source = try TreeSource(directory.path) { () throws(Errno) in throw .tooManyOpenFiles }
        _ = settle(&source)
        try directory.move("", to: directory.beside("away"))
        let look2 = source.poll(.now)
        #expect(look2 == .change)
        let gone = settle(&source)
        #expect(gone?.edits == [] && gone?.words.first?.contains("stays in force") == true)
        try directory.makeDirectory("")
        try directory.write("b.json", serviceText("b"))
        let look3 = source.poll(.now)
        #expect(look3 == .change)
        let firstState = settle(&source)
        #expect(firstState?.edits == [serviceDeletion("a"), serviceEdit("b")])
    }

    @Test mutating func followsYAML() throws {
        try directory.write("a.json", serviceText("a"))
        var source = try TreeSource(directory.path)
        _ = settle(&source)
        try directory.write("b.yaml", "kind: Service\nmetadata: {name: b}\nspec: {ports: [{port: 80}]}\n")
        while try follow(&source) == .none {}
        let update = settle(&source)
        #expect(update?.edits == [serviceEdit("b")])
        try directory.write("b.yaml", "kind: Service\nmetadata: {name: b}\nspec: {ports: [{port: 8")
        while try follow(&source) == .none {}
        let broken = settle(&source)
        #expect(broken?.edits == [] && broken?.diagnostics.count == 1)
        try directory.delete("b.yaml")
        while try follow(&source) == .none {}
        let gone = settle(&source)
        #expect(gone?.edits == [serviceDeletion("b")])
    }

    @Test func closesItsDescriptorsAtExec() throws {
        let source = try TreeSource(directory.path)
        let flags = fcntl(try #require(source.descriptor).rawValue, F_GETFD)
        #expect(flags & FD_CLOEXEC != 0)
        let pipe = try WakePipe()
        #expect(fcntl(pipe.readEnd.rawValue, F_GETFD) & FD_CLOEXEC != 0)
    }
}

/// Opens a file as a writer that takes its time.
func openForWriting(_ path: String) throws -> FileDescriptor {
    try FileDescriptor.open(
        path, .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite, .groupRead])
}
