import ClusterModel
import Testing

@testable import ClusterState
@testable import StateFiles

@Suite struct FileMergerTests {
    private var merger = FileMerger()
    private var recorder = UpdateRecorder()

    private mutating func set(_ path: String, _ reading: FileReading<[UInt8]>) {
        merger.set(path, reading.decoded(file: path), in: &recorder.ledger)
    }

    private mutating func takeUpdate() -> StateUpdate? {
        recorder.update(merger.takeDiagnostics(), unknown: merger.unknown)
    }

    /// Reads a text as a file that was changed at this second; what changed by it.
    private mutating func read(_ path: String, _ text: String, at second: Int = 0) -> StateUpdate? {
        let time = ModificationTime(seconds: second, nanoseconds: 0)
        set(path, .text(text, modified: time))
        return takeUpdate()
    }

    private mutating func remove(_ path: String) -> StateUpdate? {
        set(path, .absent)
        return takeUpdate()
    }

    @Test mutating func tellsOnlyWhatChanges() {
        #expect(read("a", serviceText("x") + serviceText("y"))?.edits == [serviceEdit("x"), serviceEdit("y")])
        #expect(read("a", serviceText("y") + "\n" + serviceText("x")) == nil)
        #expect(
            read("a", serviceText("y", port: 81) + serviceText("z"))?.edits
                == [serviceDeletion("x"), serviceEdit("y", port: 81), serviceEdit("z")])
        #expect(remove("a")?.edits == [serviceDeletion("y"), serviceDeletion("z")])
        #expect(remove("a") == nil)
    }

    @Test mutating func tellsTheNetChange() {
        _ = read("a", serviceText("x"))
        let time = ModificationTime(seconds: 0, nanoseconds: 0)
        set("a", .text(serviceText("x", port: 81), modified: time))
        set("b", .text(serviceText("y"), modified: time))
        set("a", .text(serviceText("x"), modified: time))
        #expect(takeUpdate() == StateUpdate(edits: [serviceEdit("y")]))
    }

    @Test mutating func lastChangedFileWins() {
        _ = read("a", serviceText("x", port: 1), at: 5)
        #expect(
            read("b", serviceText("x", port: 2), at: 4)?.words
                == ["b: Service default/x: is also in a, which is used, as it was changed later"])
        let update = read("b", serviceText("x", port: 2), at: 6)
        #expect(update?.edits == [serviceEdit("x", port: 2)])
        #expect(update?.words == ["a: Service default/x: is also in b, which is used, as it was changed later"])
        #expect(update?.diagnostics.map(\.severity) == [.warning])
        #expect(update?.unknown == .nothing)
        #expect(read("b", serviceText("x", port: 2), at: 7) == nil, "said already")
        #expect(remove("b") == StateUpdate(edits: [serviceEdit("x", port: 1)]), "the other is in force again")
    }

    @Test mutating func lastNameWinsAmongEqualTimes() {
        _ = read("b", serviceText("x", port: 2))
        let update = read("a", serviceText("x", port: 1))
        #expect(update?.edits == [])
        #expect(
            update?.words == [
                "a: Service default/x: is also in b, which is used, as it was changed at the same time and comes later "
                    + "in the order of names"
            ])
    }

    @Test mutating func lastInOneFileWins() {
        let update = read("a", serviceText("x", port: 1) + serviceText("x", port: 2))
        #expect(update?.edits == [serviceEdit("x", port: 2)])
        #expect(update?.words == ["a: Service default/x: is in this file more than once; the last one is used"])
    }

    @Test(arguments: [#"{"kind":"Service","metadata":"#, "apiVersion: v1", serviceText("x", port: 2) + "{", "{]"])
    func keepsAllOfAFileThatIsHalfWritten(text: String) {
        var test = self
        _ = test.read("a.json", serviceText("x") + serviceText("y"))
        let update = test.read("a.json", text)
        #expect(update?.edits == [])
        #expect(
            update?.words.count == 1 && update?.words.first?.hasPrefix("a.json: no valid JSON at line 1, ") == true)
        #expect(update?.unknown == .nothing, "the earlier version is there")
        #expect(test.read("a.json", text) == nil, "said already")
        #expect(test.read("a.json", serviceText("y"))?.edits == [serviceDeletion("x")])
        #expect(test.read("a.json", text)?.words.count == 1, "said again, as it was right in between")
    }

    @Test mutating func saysWhereAFileIsWrong() {
        #expect(
            read("a", "\n" + serviceText("x") + "\n{\n \"kind\",\n}")?.words
                == ["a: no valid JSON at line 4, column 8: expected a colon, found ," + StateLedger.keptWords])
    }

    @Test mutating func keepsAllOfAFileThatBecomesEmpty() {
        #expect(read("a", "") == nil, "an empty file is nothing to speak of")
        _ = read("a", serviceText("x"))
        let update = read("a", " \n")
        #expect(update?.edits == [])
        #expect(
            update?.words == [
                "a: is empty now, which is taken for half-written: what it held stays in force"
            ])
        #expect(remove("a")?.edits == [serviceDeletion("x")])
    }

    @Test mutating func keepsAllOfAFileThatIsCut() {
        let text = { (name: String, port: Int) in
            "---\nkind: Service\nmetadata:\n  name: \(name)\nspec:\n  ports:\n  - port: \(port)\n"
        }
        let whole = text("one", 80) + text("two", 80)
        #expect(read("a.yaml", whole)?.edits == [serviceEdit("one"), serviceEdit("two")])
        let words = "a.yaml: ends in the middle of a line, as it did not before, which is taken for half-written: "
        for cut in [text("one", 81) + "---\nki", text("one", 80) + text("two", 8).dropLast()] {
            let update = read("a.yaml", cut)
            #expect(update?.edits ?? [] == [] && update?.unknown ?? .nothing == .nothing)
            #expect(update == nil || update?.words == [words + "what it held stays in force"], "said once")
        }
        #expect(read("a.yaml", text("one", 81) + text("two", 80))?.edits == [serviceEdit("one", port: 81)])
        #expect(
            read("b.yaml", String(text("three", 80).dropLast()))?.edits == [serviceEdit("three")],
            "whoever never ends the last line has it read")
        #expect(read("b.yaml", String(text("three", 81).dropLast()))?.edits == [serviceEdit("three", port: 81)])
    }

    @Test mutating func keepsAnObjectThatIsWrongNow() {
        _ = read("a", serviceText("x") + serviceText("y"))
        let update = read("a", serviceText("x", port: 0))
        #expect(update?.edits == [serviceDeletion("y")])
        let words = "Invalid value: 0: must be between 1 and 65535, inclusive"
        #expect(
            update?.words == ["port", "targetPort"].map { "a:1: Service default/x: spec.ports[0].\($0): \(words)" },
            "the target port is the port by default")
        #expect(update?.unknown == .nothing)
        #expect(remove("a")?.edits == [serviceDeletion("x")])
    }

    @Test mutating func refusesWhatTheAPIServerWouldButNotWhatOneHasTaken() {
        let slice = { (address: String) in
            """
            {"kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1", "addressType": "IPv4", "metadata":
            {"name": "s", "labels": {"kubernetes.io/service-name": "x"}}, "endpoints": [{"addresses": ["\(address)"]}]}
            """
        }
        let old = read("a", slice("10.0.0.1"))?.edits
        let update = read("a", slice("10.0.0.02"))
        #expect(update?.edits == [])
        #expect(
            update?.words == [
                #"a:2: EndpointSlice default/s: endpoints[0].addresses[0]: Invalid value: "10.0.0.02": must not have leading 0s"#
            ])
        let event = read("a", #"{"type": "MODIFIED", "object": \#(slice("10.0.0.02"))}"#)
        #expect(event?.edits.count == 1 && event?.edits != old && event?.diagnostics == [])
        let wrongType = read("c", serviceText("z").replacing("\"ports\"", with: "\"loadBalancerIP\": 5, \"ports\""))
        #expect(wrongType?.edits == [] && wrongType?.words.count == 1, "a field that nobody reads")
    }

    @Test mutating func keepsAnObjectThatMovesToAnotherFileAndIsWrongThere() {
        _ = read("a", serviceText("x"))
        set("b", .text(serviceText("x", port: 0), modified: .init(seconds: 1, nanoseconds: 0)))
        set("a", .absent)
        let update = takeUpdate()
        #expect(update?.edits == [])
        #expect(update?.diagnostics.count == 2)
        #expect(remove("b")?.edits == [serviceDeletion("x")])
    }

    @Test mutating func keepsAllWhereItIsNotKnownWhatIsWrong() {
        _ = read("a", serviceText("x") + serviceText("y"))
        let update = read("a", serviceText("x", port: 81) + #"{"kind":"Service","metadata":{}}"#)
        #expect(update?.edits == [serviceEdit("x", port: 81)], "y may be the one without a name")
        #expect(update?.unknown == .nothing)
    }

    @Test mutating func tellsWhetherSomethingIsNotKnown() {
        #expect(read("a", "{")?.unknown == .anything)
        let update = read("b", serviceText("x", port: 0))
        #expect(update?.unknown == .anything)
        let other = read("c", #"{"kind":"Service","metadata":{}}"#)
        #expect(other?.diagnostics.count == 1 && other?.unknown == .anything)
        let x = NamespacedName("default", "x")
        #expect(remove("a")?.unknown == .services([x]), "what has no name hides nothing")
        #expect(remove("b") == StateUpdate(), "which is news")
        set("d", .unreadable("cannot read: Input/output error"))
        let unreadable = takeUpdate()
        #expect(unreadable?.words == ["d: cannot read: Input/output error" + StateLedger.keptWords])
        #expect(unreadable?.unknown == .anything)
        #expect(read("d", serviceText("z")) == StateUpdate(edits: [serviceEdit("z")]))
    }

    @Test mutating func anotherProgramsFileHidesNothing() {
        let update = read("settings.json", #"{"colour": "blue"}"#)
        #expect(update?.words == ["settings.json:1: is no Kubernetes object: it has no `kind`"])
        #expect(update?.unknown == .nothing)
    }

    @Test mutating func readsWatchEventsInAFile() {
        let text =
            eventText("ADDED", serviceText("x")) + eventText("MODIFIED", serviceText("x", port: 81))
            + eventText("ADDED", serviceText("y")) + eventText("DELETED", serviceText("y"))
        #expect(read("a.json", text) == StateUpdate(edits: [serviceEdit("x", port: 81)]))
    }
}

extension FileReading<[UInt8]> {
    /// A file of this text.
    fileprivate static func text(_ text: String, modified: ModificationTime) -> Self {
        .read(Array(text.utf8), size: text.utf8.count, modified: modified)
    }
}
