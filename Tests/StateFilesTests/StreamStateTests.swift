import ClusterModel
import Testing

@testable import StateFiles

@Suite struct StreamStateTests {
    private var stream = StreamState(name: "-")

    private mutating func take(_ text: String) -> StateUpdate? {
        stream.append(Array(text.utf8))
        return stream.takeUpdate()
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
        var stream = StreamState(name: "-")
        let text =
            eventText("ADDED", serviceText("x")) + "\n" + eventText("ADDED", serviceText("é")) + "\u{1e}"
            + eventText("MODIFIED", serviceText("x", port: 8080)) + eventText("DELETED", serviceText("é"))
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            stream.append(bytes[start..<min(start + pieces, bytes.count)])
        }
        stream.finish()
        let update = stream.takeUpdate()
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
        #expect(update?.hasUnreadableInput == false)
        #expect(take(wrong) == nil, "said already")
        #expect(take(eventText("MODIFIED", serviceText("x", port: 81)))?.edits == [serviceEdit("x", port: 81)])
        #expect(take(wrong)?.diagnostics.count == 1, "said again, as it was right in between")
        #expect(take(eventText("DELETED", serviceText("x", port: 0)))?.edits == [serviceDeletion("x")])
    }

    @Test mutating func tellsWhetherSomethingIsNotKnown() {
        #expect(take(serviceText("x", port: 0))?.hasUnreadableInput == true)
        #expect(take(serviceText("x")) == StateUpdate(edits: [serviceEdit("x")]))
        #expect(take("{\"kind\"]\n")?.hasUnreadableInput == true)
    }

    @Test mutating func goesOnAfterADocumentThatIsCutOff() {
        let update = take("{\"type\":\"ADDED\",\n" + eventText("ADDED", serviceText("x")) + "\n")
        #expect(update?.edits == [serviceEdit("x")])
        #expect(update?.words == ["-: no valid JSON at line 2, column 1: expected a key in quotes, found {"])
    }

    @Test mutating func saysWhenTheStreamEndsInADocument() {
        _ = take(serviceText("x") + "\n{\"kind\":")
        stream.finish()
        #expect(
            stream.takeUpdate()?.words
                == ["-: no valid JSON at line 2, column 9: it ends where a value was expected"])
    }

    @Test mutating func knowsWhenTheInitialListsAreThere() {
        _ = take(bookmarkText("Service"))
        #expect(!stream.hasInitialList, "without endpoints all Services would be rejected")
        _ = take(bookmarkText("Pod"))
        #expect(!stream.hasInitialList)
        _ = take(bookmarkText("EndpointSlice"))
        #expect(stream.hasInitialList)
    }
}
