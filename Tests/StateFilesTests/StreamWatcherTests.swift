import ClusterModel
import Glibc
import StateFiles
import SystemPackage
import Testing

@Suite(.timeLimit(.minutes(2))) struct StreamWatcherTests {
    private let reader: FileDescriptor
    private let writer: FileDescriptor

    init() throws {
        (reader, writer) = try FileDescriptor.pipe(options: .closeOnExec)
    }

    private func watch() throws -> StateWatcher {
        try StateWatcher(stream: reader, settle: .zero)
    }

    private func send(_ text: String) throws {
        _ = try writer.writeAll(text.utf8)
    }

    @Test func beginsWhenTheStreamIsQuiet() async throws {
        let watcher = try watch()
        let list = #"{"kind":"List","items":[\#(serviceText("a")),\#(serviceText("b"))]}"#
        try send(list)
        #expect(try await watcher.soon() == StateUpdate(edits: [serviceEdit("a"), serviceEdit("b")]))
        let event = eventText("MODIFIED", serviceText("a", port: 81)) + eventText("DELETED", serviceText("b"))
        for byte in event.utf8 { _ = try writer.writeAll([byte]) }
        var edits: [ObjectEdit] = []
        while edits.count < 2 { edits += try await watcher.soon()?.edits ?? [] }
        #expect(edits == [serviceEdit("a", port: 81), serviceDeletion("b")])
        try writer.close()
        #expect(try await watcher.soon() == nil)
        try reader.close()
    }

    @Test func beginsWhenTheListsAreComplete() async throws {
        let watcher = try watch()
        try send(eventText("ADDED", serviceText("a")) + bookmarkText("Service") + bookmarkText("EndpointSlice"))
        #expect(try await watcher.soon() == StateUpdate(edits: [serviceEdit("a")]))
        try writer.close()
        #expect(try await watcher.soon() == nil)
        try reader.close()
    }

    @Test func beginsAtTheEnd() async throws {
        let watcher = try watch()
        try send(serviceText("a"))
        try writer.close()
        #expect(try await watcher.soon() == StateUpdate(edits: [serviceEdit("a")]))
        #expect(try await watcher.soon() == nil)
        try reader.close()
    }

    @Test func aStreamThatEndsBeforeItBeginsIsNoEmptyState() async throws {
        let watcher = try watch()
        try writer.close()
        #expect(try await watcher.soon() == nil)
        try reader.close()
    }

    @Test func anEmptyListIsAnEmptyState() async throws {
        let watcher = try watch()
        try send(#"{"kind":"List","items":[]}"#)
        #expect(try await watcher.soon() == StateUpdate())
        watcher.stop()
        #expect(try await watcher.soon() == nil)
        try writer.close()
    }

    @Test func followsANamedPipe() async throws {
        let directory = try TemporaryDirectory()
        try check(mkfifo(directory.file("pipe"), 0o600))
        let path = directory.file("pipe")
        // Opening waits for the other side.
        let opening = Task.detached { try FileDescriptor.open(path, .writeOnly) }
        let watcher = try StateWatcher(path: path, settle: .zero)
        let pipe = try await opening.value
        _ = try pipe.closeAfter { try pipe.writeAll(serviceText("a").utf8) }
        #expect(try await watcher.soon()?.edits == [serviceEdit("a")])
        #expect(try await watcher.soon() == nil)
        try writer.close()
        try reader.close()
    }
}
