import ClusterModel
import ClusterState
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

    @Test func followsEventsAfterLists() async throws {
        let watcher = try watch()
        try send(serviceList("a", "b") + #"{"kind":"EndpointSliceList","items":[]}"#)
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

    @Test func emptyListsAreAnEmptyState() async throws {
        let watcher = try watch()
        try send(serviceList() + #"{"kind":"EndpointsList","apiVersion":"v1","items":[]}"#)
        #expect(try await watcher.soon() == StateUpdate())
        watcher.stop()
        #expect(try await watcher.soon() == nil)
        try writer.close()
    }

    @Test func aNamedPipeMayBeOpenedAgain() async throws {
        let directory = try TemporaryDirectory()
        try check(mkfifo(directory.file("pipe"), 0o600))
        let path = directory.file("pipe")
        let watcher = try StateWatcher(paths: [path], settle: .zero)
        for port in [80, 81] {
            // Opening waits for the other side.
            let text = serviceText("a", port: port) + bookmarkText("Service") + bookmarkText("EndpointSlice")
            try await Task.detached {
                let pipe = try FileDescriptor.open(path, .writeOnly)
                _ = try pipe.closeAfter { try pipe.writeAll(text.utf8) }
            }.value
            #expect(try await watcher.soon()?.edits == [serviceEdit("a", port: UInt16(port))])
        }
        try writer.close()
        try reader.close()
    }

    @Test func waitsForAllPipes() async throws {
        let directory = try TemporaryDirectory()
        for name in ["services", "slices"] { try check(mkfifo(directory.file(name), 0o600)) }
        try directory.write("a.json", serviceText("file"))
        let paths = ["services", "slices", "a.json"].map { directory.file($0) }
        let watcher = try StateWatcher(paths: paths, settle: .zero)
        let update = Task { try await watcher.soon() }
        let services = try FileDescriptor.open(paths[0], .writeOnly)
        let slices = try FileDescriptor.open(paths[1], .writeOnly)
        _ = try services.writeAll(serviceList("pipe").utf8)
        try directory.write("a.json", serviceText("file", port: 81))
        _ = try slices.writeAll(eventText("ADDED", sliceText("pipe-1", of: "pipe")).utf8)
        _ = try slices.writeAll(bookmarkText("EndpointSlice").utf8)
        let edits = try await update.value?.edits ?? []
        #expect(
            edits.count == 3 && edits.contains(serviceEdit("pipe")) && edits.contains(serviceEdit("file", port: 81)))
        try services.close()
        try slices.close()
        try writer.close()
        try reader.close()
    }
}
