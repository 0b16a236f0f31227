import ClusterModel
import Testing

@testable import ClusterState
@testable import StateFiles

@Suite struct StreamStateTests {
    private var stream = StreamState(name: "-")
    private var recorder = UpdateRecorder()
    private let time = ModificationTime(seconds: 0, nanoseconds: 0)

    private mutating func append(_ bytes: some Collection<UInt8>) {
        stream.append(bytes, time, &recorder.ledger)
    }

    private mutating func takeUpdate() -> StateUpdate? {
        recorder.update(stream.takeDiagnostics(), unknown: stream.unknown)
    }

    private mutating func take(_ text: String) -> StateUpdate? {
        append(Array(text.utf8))
        return takeUpdate()
    }

    /// The writer closes the stream; another one may open it.
    private mutating func close(isLast: Bool) -> StateUpdate? {
        stream.finish(isLast: isLast, time, &recorder.ledger)
        if !isLast { stream.reopen() }
        return takeUpdate()
    }

    @Test mutating func followsEvents() {
        #expect(take(eventText("ADDED", serviceText("x")))?.edits == [serviceEdit("x")])
        #expect(take(eventText("MODIFIED", serviceText("x"))) == nil)
        #expect(take(eventText("MODIFIED", serviceText("x", port: 81)))?.edits == [serviceEdit("x", port: 81)])
        #expect(take(eventText("DELETED", serviceText("x")))?.edits == [serviceDeletion("x")])
        #expect(take(eventText("ADDED", serviceText("y")) + eventText("DELETED", serviceText("y"))) == nil)
    }

    @Test mutating func aListAddsToWhatIsThere() {
        _ = take(serviceText("x"))
        let list = #"{"kind":"List","items":[\#(serviceText("y")),\#(serviceText("z"))]}"#
        #expect(take(list)?.edits == [serviceEdit("y"), serviceEdit("z")])
    }

    @Test(arguments: [1, 2, 3, 7, 64])
    func doesNotMindWhereTheBytesAreCut(pieces: Int) {
        var test = self
        let text =
            eventText("ADDED", serviceText("x")) + "\n" + eventText("ADDED", serviceText("é")) + "\u{1e}"
            + eventText("MODIFIED", serviceText("x", port: 8080)) + eventText("DELETED", serviceText("é"))
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            test.append(bytes[start..<min(start + pieces, bytes.count)])
        }
        let update = test.close(isLast: true)
        #expect(update?.edits == [serviceEdit("x", port: 8080)])
        #expect(update?.diagnostics.count == 1, "only the name is wrong")
    }

    @Test mutating func keepsAnObjectThatIsWrongNow() {
        _ = take(serviceText("x"))
        let wrong = eventText("MODIFIED", serviceText("x", port: 0))
        let update = take(wrong)
        #expect(update?.edits == [])
        #expect(
            update?.words == [
                "-: Service default/x: spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"
            ])
        #expect(update?.unknown == .nothing)
        #expect(take(wrong) == nil, "said already")
        #expect(take(eventText("MODIFIED", serviceText("x", port: 81)))?.edits == [serviceEdit("x", port: 81)])
        #expect(take(wrong)?.diagnostics.count == 1, "said again, as it was right in between")
        #expect(take(eventText("DELETED", serviceText("x", port: 0)))?.edits == [serviceDeletion("x")])
    }

    @Test mutating func tellsWhetherSomethingIsNotKnown() {
        #expect(take(serviceText("x", port: 0))?.unknown == .services([NamespacedName("default", "x")]))
        #expect(take(serviceText("x")) == StateUpdate(edits: [serviceEdit("x")]))
        #expect(take("{\"kind\"]\n")?.unknown == .anything)
    }

    @Test mutating func goesOnAfterADocumentThatIsCutOff() {
        let update = take("{\"type\":\"ADDED\",\n" + eventText("ADDED", serviceText("x")) + "\n")
        #expect(update?.edits == [serviceEdit("x")])
        #expect(
            update?.words == [
                "-: no valid JSON at line 2, column 1: expected a key in quotes, found {" + StateLedger.keptWords
            ])
    }

    @Test mutating func saysWhenTheStreamEndsInADocument() {
        _ = take(serviceText("x") + "\n{\"kind\":")
        #expect(
            close(isLast: true)?.words
                == ["-: no valid JSON at line 2, column 9: it ends where a value was expected" + StateLedger.keptWords])
    }

    @Test mutating func knowsWhenTheInitialListsAreThere() {
        _ = take(bookmarkText("Service"))
        #expect(!stream.completeKinds.areServed, "without endpoints all Services would be rejected")
        _ = take(bookmarkText("Pod"))
        #expect(!stream.completeKinds.areServed)
        _ = take(eventText("ADDED", sliceText("x-1", of: "x")))
        #expect(stream.isIncomplete)
        _ = take(bookmarkText("EndpointSlice"))
        #expect(stream.completeKinds.areServed && !stream.isIncomplete)
    }

    @Test(arguments: [
        (#"{"kind":"ServiceList","apiVersion":"v1","items":[]}"#, [ObjectKind.service]),
        (
            #"{"kind":"EndpointSliceList","apiVersion":"discovery.k8s.io/v1","metadata":{},"items":null}"#,
            [.endpointSlice]
        ),
        (#"{"kind":"List","items":[]}"#, []),
        (#"{"kind":"List","items":[\#(serviceText("x")),\#(sliceText("x-1", of: "x"))]}"#, [.service, .endpointSlice]),
        (#"{"kind":"ServiceList","apiVersion":"v1","metadata":{"continue":"abc"},"items":[]}"#, []),
        (#"{"kind":"ServiceList","apiVersion":"serving.knative.dev/v1","items":[]}"#, []),
        (#"{"kind":"ServiceList","apiVersion":"v1","items":{}}"#, []),
    ])
    func aListSaysThatItIsComplete(list: String, kinds: [ObjectKind]) {
        var test = self
        _ = test.take(list)
        #expect(test.stream.completeKinds == Set(kinds))
    }

    @Test mutating func aNewListTakesAwayWhatItDoesNotHave() {
        _ = take(serviceList("x", "y"))
        #expect(take(serviceList("y", "z"))?.edits == [serviceDeletion("x"), serviceEdit("z")])
        // What was added since the last list is not in the next one either.
        _ = take(eventText("ADDED", serviceText("w")))
        #expect(take(serviceList("y"))?.edits == [serviceDeletion("w"), serviceDeletion("z")])
        #expect(take(serviceList())?.edits == [serviceDeletion("y")])
    }

    @Test mutating func aListOfPagesIsCompleteWithItsLast() {
        _ = take(serviceList("x", "y"))
        #expect(take(serviceList("z", next: "more")) == StateUpdate(edits: [serviceEdit("z")]))
        #expect(take(serviceList("y"))?.edits == [serviceDeletion("x")])
    }

    @Test mutating func aNewWriterListsAnew() {
        _ = take(eventText("ADDED", serviceText("x")) + eventText("ADDED", serviceText("y")) + bookmarkText("Service"))
        #expect(close(isLast: false) == nil, "what came from the old one stays")
        #expect(take(eventText("ADDED", serviceText("y"))) == nil)
        #expect(take(eventText("ADDED", serviceText("z")))?.edits == [serviceEdit("z")])
        #expect(take(bookmarkText("Service"))?.edits == [serviceDeletion("x")])
        #expect(take(bookmarkText("Service")) == nil)
    }

    @Test mutating func theEndOfAWatchBeginsANewList() {
        _ = take(eventText("ADDED", serviceText("x")) + bookmarkText("Service"))
        let gone = #"{"kind":"Status","code":410,"message":"too old resource version"}"#
        #expect(take(eventText("ERROR", gone))?.edits == [])
        #expect(
            take(eventText("ADDED", serviceText("y")) + bookmarkText("Service"))?.edits
                == [serviceDeletion("x"), serviceEdit("y")])
    }

    @Test mutating func aDamagedListTakesNothingAway() {
        _ = take(serviceList("x"))
        _ = close(isLast: false)
        let update = take("{\"type\":\"ADDED\",]\n" + eventText("ADDED", serviceText("y")) + bookmarkText("Service"))
        #expect(update?.edits == [serviceEdit("y")], "x may be what could not be read")
        #expect(update?.unknown == .nothing, "all was known once")
        #expect(take(serviceList("y"))?.edits == [serviceDeletion("x")])
    }

    @Test mutating func damageHidesOnlyUntilTheListsComeAgain() {
        _ = take(
            "{]\n" + eventText("ADDED", serviceText("x")) + bookmarkText("Service") + bookmarkText("EndpointSlice"))
        #expect(stream.unknown == .anything)
        _ = take(serviceList("x"))
        #expect(stream.unknown == .anything, "there may be slices")
        #expect(take(#"{"kind":"EndpointSliceList","items":[]}"#)?.unknown == .nothing)
    }

    @Test mutating func plainObjectsAreAllThereAtTheEnd() {
        _ = take(serviceText("x"))
        #expect(stream.isIncomplete)
        _ = close(isLast: false)
        #expect(!stream.isIncomplete)
        #expect(take(serviceText("y"))?.edits == [serviceEdit("y")])
        #expect(close(isLast: false) == nil, "x may have been left out")
        let list = #"{"kind":"List","items":[\#(serviceText("y"))]}"#
        #expect(take(list) == nil, "there may be another list")
        #expect(close(isLast: false)?.edits == [serviceDeletion("x")])
    }

    @Test mutating func eventsMayGoOnAfterTheirWriter() {
        _ = take(eventText("ADDED", serviceText("x")))
        _ = close(isLast: false)
        #expect(stream.isIncomplete, "the watch may have ended in its list")
        _ = take(eventText("ADDED", serviceText("x")))
        _ = close(isLast: true)
        #expect(!stream.isIncomplete)
    }

    @Test mutating func saysOnceThatARowOfDocumentsIsDamaged() {
        let update = take(String(repeating: "{\"a\":\n", count: 1000) + serviceText("x"))
        #expect(update == nil, "it may go on for ever")
        let end = close(isLast: true)
        #expect(end?.edits == [serviceEdit("x")])
        #expect(end?.diagnostics.count == 1)
    }

    @Test mutating func holdsNoMoreThanItMay() {
        stream = StreamState(name: "-", sizeMax: 2 * serviceText("a").utf8.count)
        let update = take(serviceText("a") + serviceText("b") + serviceText("c") + serviceText("d"))
        #expect(update?.edits == [serviceEdit("a"), serviceEdit("b")])
        #expect(update?.diagnostics.count == 1)
        #expect(
            take(eventText("DELETED", serviceText("a")) + serviceText("d"))?.edits
                == [serviceDeletion("a"), serviceEdit("d")])
    }

    @Test mutating func passesOverADocumentThatIsTooLong() {
        stream = StreamState(name: "-", documentMax: 300)
        let long = serviceText(String(repeating: "a", count: 400))
        let update = take(serviceText("x") + long + "\n" + serviceText("y"))
        #expect(update?.edits == [serviceEdit("x"), serviceEdit("y")])
        #expect(update?.diagnostics.count == 1 && update?.words.first?.contains("longer than 300 bytes") == true)
        #expect(take("{\"a\":" + String(repeating: " ", count: 400))?.diagnostics.count == 1)
        #expect(take("\n" + serviceText("z"))?.edits == [serviceEdit("z")])
    }
}
