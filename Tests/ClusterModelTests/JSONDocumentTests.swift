import Testing

@testable import ClusterModel

@Suite struct JSONDocumentTests {
    private func parse<Result>(_ text: String, _ read: (DocumentValue) -> Result) throws -> Result {
        try Document(json: Array(text.utf8)).withRoot(read)
    }

    @Test(arguments: [
        ("", 0, "it ends where a value was expected"),
        (" {", 2, "it ends where a key in quotes was expected"),
        (#"{"a""#, 4, "it ends where a colon was expected"),
        (#"{"a" 1}"#, 5, "expected a colon, found 1"),
        (#"{"a":1,}"#, 7, "expected a key in quotes, found }"),
        (#"{"a":1]"#, 6, "expected a comma or }, found ]"),
        ("[1 2]", 3, "expected a comma or ], found 2"),
        ("[1,]", 3, "expected a value, found ]"),
        ("[1] x", 4, "expected the end, found x"),
        ("01", 1, "expected the end, found 1"),
        ("-", 1, "it ends where a digit was expected"),
        ("1.e5", 2, "expected a digit, found e"),
        ("nul", 3, "it ends where null was expected"),
        ("True", 0, "expected a value, found T"),
        (#""a"#, 2, "it ends where the closing quote of a string was expected"),
        ("\"a\nb\"", 2, "a control character in a string"),
        (#""\x""#, 2, "expected the rest of an escape, found x"),
        (#""\u12g4""#, 2, "expected four hexadecimal digits after \\u"),
        ("\u{1}", 0, "expected a value, found byte 0x1"),
    ])
    func saysWhereATextStopsBeingJSON(text: String, offset: Int, message: String) {
        #expect(throws: JSONSyntaxError(offset: offset, message: message)) { try parse(text) { _ in } }
    }

    @Test func refusesNestingThatWouldExhaustTheStack() throws {
        let levels = JSONParser.depthMax
        #expect(
            try parse(String(repeating: "[", count: levels) + String(repeating: "]", count: levels)) { $0.kind }
                == .array)
        #expect(throws: JSONSyntaxError(offset: levels, message: "is nested more than 256 levels deep")) {
            try parse(String(repeating: "[", count: levels + 1)) { _ in }
        }
    }

    @Test(arguments: [
        (#""""#, ""), (#""plain é""#, "plain é"), (#""a\"\\\/\b\f\n\r\tz""#, "a\"\\/\u{8}\u{c}\n\r\tz"),
        (#""\u00e9\ud83d\ude00!""#, "é😀!"), (#""\ud83d""#, "\u{fffd}"), (#""a\u0041\n""#, "aA\n"),
    ])
    func readsStrings(text: String, string: String) throws {
        #expect(try parse(text) { $0.string } == string)
    }

    @Test(arguments: [
        ("0", 0), ("-12", -12), ("8e1", 80), ("80.0", 80), ("80.5", nil), ("1e999", nil), ("99999999999999999999", nil),
        ("true", nil), (#""5""#, nil),
    ])
    func readsWholeNumbers(text: String, number: Int?) throws {
        #expect(try parse(text) { $0.integer } == number)
    }

    @Test func knowsWhereNodesAre() throws {
        var at = 0
        let start = TextPosition(line: 3, column: 1)
        let document = try Document(json: Array("[1,\n  true]".utf8), at: &at, textStart: start)
        #expect(
            document.withRoot { $0.tree.places(ofNodes: [2, 1]) }
                == [1: TextPosition(line: 3, column: 2), 2: TextPosition(line: 4, column: 3)])
        let positions = document.nodes.indices.map { TextPosition(line: 7 + $0, column: 5) }
        let other = Document(document.bytes, nodes: document.nodes, positions: positions, start: start)
        #expect(
            other.withRoot { $0.tree.places(ofNodes: [2]) } == [2: TextPosition(line: 11, column: 5)],
            "of a text that the bytes are not")
        let stream = Document(document.bytes, nodes: document.nodes)
        #expect(stream.withRoot { $0.tree.places(ofNodes: [2]) }.isEmpty, "of a text in no file")
    }

    @Test func findsMembers() throws {
        try parse(#"{"a": 1, "bb": {"a": 2}, "n": null, "a": [true, false], "c": 3 }"#) { value in
            #expect(value["a"]?.elements.map(\.boolean) == [true, false], "the last of two members counts")
            #expect(value["bb"]?["a"]?.integer == 2)
            #expect(value["n"] == nil)
            #expect(value["b"] == nil)
            #expect(value["c"]?.integer == 3)
            #expect(value.members.map(\.key.string) == ["a", "bb", "n", "a", "c"])
            #expect(value["a"]?["a"] == nil)
        }
    }
}
