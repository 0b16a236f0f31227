import Glibc
import SystemPackage
import Testing

@testable import StateFiles

@Suite struct TreeSourceTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Waits until something has happened, and takes it in.
    private func follow(_ source: inout TreeSource) throws {
        let descriptor = try #require(source.descriptor)
        var polled = pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0)
        try #require(poll(&polled, 1, 30_000) == 1, "nothing happened for half a minute")
        try source.receive(.now)
    }

    @Test func readsAllAnewAfterAnOverflow() throws {
        try directory.write("a.json", serviceText("a"))
        try directory.write("b.json", serviceText("b"))
        var source = try TreeSource(directory.path, settle: .zero)
        try source.settle()
        #expect(source.takeUpdate() == StateUpdate(edits: [serviceEdit("a"), serviceEdit("b")]))

        try directory.delete("a.json")
        try directory.makeDirectory("sub")
        try directory.write("sub/c.json", serviceText("c"))
        // The kernel's queue is full: none of these events can be had.
        #expect(try source.take(Inotify.Event(watch: -1, mask: .overflow, name: "")))
        try source.settle()
        #expect(source.takeUpdate() == StateUpdate(edits: [serviceDeletion("a"), serviceEdit("c")]))

        try directory.write("sub/d.json", serviceText("d"))
        try follow(&source)
        try source.settle()
        #expect(source.takeUpdate() == StateUpdate(edits: [serviceEdit("d")]), "the new directory is watched")
    }

    @Test func doesNotWakeForWhatDoesNotMatter() throws {
        var source = try TreeSource(directory.path, settle: .zero)
        try source.settle()
        try directory.write(".a.json", serviceText("a"))
        try writeFile(directory.beside("a.json"), serviceText("a"))
        try follow(&source)
        #expect(source.due == nil)
        try directory.write("a.json", serviceText("a"))
        while source.due == nil { try follow(&source) }
    }

    @Test func readsAFileOnlyWhenItsWriterHasClosedIt() throws {
        var source = try TreeSource(directory.path, settle: .zero)
        try source.settle()
        let file = try openForWriting(directory.file("a.json"))
        _ = try file.writeAll(serviceText("a").utf8)
        try follow(&source)
        #expect(source.due == nil)
        try file.close()
        while source.due == nil { try follow(&source) }
    }

    @Test(arguments: ["hard", "symbolic"])
    func readsALinkAtOnce(kind: String) throws {
        try writeFile(directory.beside("a"), serviceText("a"))
        var source = try TreeSource(directory.path, settle: .zero)
        try source.settle()
        _ = source.takeUpdate()
        if kind == "hard" {
            try check(Glibc.link(directory.beside("a"), directory.file("a.json")))
        } else {
            try directory.link("a.json", to: "../a")
        }
        while source.due == nil { try follow(&source) }
        try source.settle()
        #expect(source.takeUpdate()?.edits == [serviceEdit("a")])
    }

    @Test func closesItsDescriptorsAtExec() throws {
        let source = try TreeSource(directory.path, settle: .zero)
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
