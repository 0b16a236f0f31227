import ClusterModel
import Testing

@testable import StateFiles

struct YAMLTests {
    private func decode(_ text: String, file: String = "f.yaml") throws -> [DecodedDocument] {
        try DecodedFile(Array(text.utf8), file: file).documents.get()
    }

    private func problem(_ text: String) -> String? {
        guard case .failure(let error) = DecodedFile(Array(text.utf8), file: "f.yaml").documents else { return nil }
        return error.description
    }

    private func service(_ name: String, labels: String = "{}") -> String {
        """
        apiVersion: v1
        kind: Service
        metadata:
          name: \(name)
          labels: \(labels)
        spec:
          ports:
          - port: 80

        """
    }

    // MARK: Files

    @Test func tellsFormatsByNameAndThenByHowTheyBegin() throws {
        for (name, text) in [
            ("a.yml", service("a")), ("a.json", serviceText("a")), ("a", " \n" + serviceText("a")), ("a", service("a")),
            ("a.yaml", serviceText("a")), ("a", "# JSON has no comments\n" + serviceText("a")),
        ] {
            #expect(try decode(text, file: name).flatMap(\.edits).count == 1, "\(name): \(text)")
        }
        #expect(throws: MalformedDocument.self) { try decode(service("a"), file: "a.json") }
    }

    @Test func readsSeveralDocuments() throws {
        let text = "# first\n--- # a\n" + service("a") + "---\r\n\n---\n" + serviceText("b") + "\n" + serviceText("c")
        #expect(
            try decode(text).flatMap(\.edits).map(\.reference) == [
                serviceReference("a"), serviceReference("b"), serviceReference("c"),
            ], "JSON may follow JSON")
    }

    @Test func surrogatesOfJSONAreNoReasonToRefuse() throws {
        let text =
            #"{"kind":"Service","metadata":{"name":"a","annotations":{"face":"\ud83d\ude00"}},"spec":{"ports":[{"port":80}]}}"#
        guard case .put(.service(let service)) = try decode(text).first?.edits.first else {
            Issue.record("no Service")
            return
        }
        #expect(service.metadata.annotations == ["face": "😀"])
    }

    @Test func whatFollowsTheEndOfADocumentIsNotRead() throws {
        let documents = try decode("# a\n" + service("a") + "...\nkind: [\n---\n" + service("b"))
        #expect(documents.flatMap(\.edits).map(\.reference) == [serviceReference("a"), serviceReference("b")])
        #expect(
            documents.flatMap(\.diagnostics).map(\.description)
                == ["f.yaml:11: nothing is read from here up to the next line of ---"])
    }

    // MARK: Places

    @Test func namesLinesOfWhatIsWrong() throws {
        let text = service("a") + "---\n" + service("b", labels: "{x: 5}") + "---\n- 1\n---\n" + service("C")
        let words = try decode(text).flatMap(\.diagnostics).map(\.description)
        #expect(words[0] == "f.yaml:14: Service default/b: metadata.labels[x]: expected a string, found 5")
        #expect(words[1] == "f.yaml:19: expected an object, found an array")
        #expect(words[2].hasPrefix("f.yaml:24: Service default/C: metadata.name: Invalid value: \"C\""))
        let json = "\n\n{\"kind\": \"Service\", \"metadata\": {\n \"name\": \"a\",\n \"labels\": {\"x\": 5}}}"
        let found = try decode(json, file: "f.json").flatMap(\.diagnostics).map(\.description)
        #expect(
            found == [
                "f.json:5: Service default/a: metadata.labels[x]: expected a string, found 5",
                "f.json:3: Service default/a: spec.ports: Required value",
            ])
    }

    @Test func aFieldThatIsMissingIsWhereItWouldBe() throws {
        let text = "kind: List\nitems:\n- kind: Service\n  metadata:\n    namespace: shop\n"
        #expect(
            try decode(text).flatMap(\.diagnostics).map(\.description) == [
                "f.yaml:5: Service at items[0]: metadata.name: Required value: name or generateName is required"
            ])
    }

    @Test(arguments: [
        (
            "---\na: [\n",
            "no valid YAML at line 3, column 1: while parsing a flow node: did not find expected node content"
        ),
        ("a: b\n---\na: 1\nb: 2\na: 3\n", #"no valid YAML at line 3, column 1: the key "a" is given twice"#),
        (
            "a: b\n--- c\n",
            "no valid YAML at line 2, column 4: only a comment may stand in the line of the --- between documents"
        ),
        ("yes: 1\non: 2\n", #"no valid YAML at line 2, column 1: the key "true" is given twice"#),
        ("a: &a {x: 1}\nb: {<<: *a, x: 2}\n", #"no valid YAML at line 2, column 13: the key "x" is given twice"#),
        ("a: {<<: 5}\n", "no valid YAML at line 1, column 9: << can only merge a mapping, or a list of them"),
        ("? [a]\n: b\n", "no valid YAML at line 1, column 3: only text, a number or a boolean can be a key"),
        ("a: !!int x\n", #"no valid YAML at line 1, column 4: !!int is said of "x""#),
        ("a: -.inf\n", "no valid YAML at line 1, column 4: JSON has no number -.inf"),
        ("a: \u{1}\n", "no valid YAML at line 1, column 4: control characters are not allowed"),
    ])
    func saysWhatIsNoYAML(text: String, words: String) {
        #expect(problem(text) == words)
    }

    @Test func refusesWhatIsNotUTF8() {
        let file = DecodedFile(Array("a: ".utf8) + [0xff], file: "f.yaml")
        #expect(throws: MalformedDocument.self) { try file.documents.get() }
    }

    // MARK: Anchors

    @Test func mergesMappings() throws {
        let text = """
            kind: Service
            metadata: {name: a, labels: &one {a: x}, annotations: &two {b: w}}
            spec: {selector: {<<: [*one, *two], c: z}, ports: [{port: 80}]}
            """
        guard case .put(.service(let service)) = try decode(text).first?.edits.first else {
            Issue.record("no Service")
            return
        }
        #expect(service.selector == ["a": "x", "b": "w", "c": "z"])
    }

    @Test func aliasesMayNotMakeMuchOutOfLittle() throws {
        // Just over the limit: 21 times 20 times 2.
        let list = { (element: String, count: Int) in
            "[" + Array(repeating: element, count: count).joined(separator: ",") + "]"
        }
        let small = "kind: Some\na: &a \(list("x", 9))\nb: \(list("*a", 9))\n"
        #expect(try decode(small).count == 1)
        let large = "kind: Some\na: &a \(list("x", 99))\nb: &b \(list("*a", 30))\nc: \(list("*b", 200))\n"
        #expect(problem(large)?.hasSuffix("aliases make it too much larger than it is written") == true)
        let long = "kind: Some\na: &a \(String(repeating: "x", count: 1 << 20))\nb: \(list("*a", 30))\n"
        #expect(problem(long)?.hasSuffix("aliases make it too much larger than it is written") == true)
    }

    @Test func depthIsBounded() throws {
        let nest = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        #expect(try decode("kind: Some\na: \(nest(200))\n").count == 1)
        #expect(problem("a: \(nest(300))\n")?.hasSuffix("is nested more than 256 levels deep") == true)
        let rows = String(repeating: "- ", count: 300)
        #expect(problem(rows + "x\n")?.hasSuffix("is nested more than 256 levels deep") == true)
        #expect(problem("a: \(nest(1100))\n") != nil)
        // As deep as bounds let a tree be that is to be taken apart again.
        let half = { (bracket: String) in String(repeating: bracket, count: 980) }
        let chain = "- &a 1\n" + String(repeating: "- &a \(half("["))*a\(half("]"))\n", count: 8)
        #expect(problem(chain)?.hasSuffix("is nested more than 256 levels deep") == true)
    }

    @Test func whatComposingCostsIsBounded() {
        func problem(_ text: String) -> String? { YAMLBounds(Array(text.utf8)[...]).problem }
        let links = (0..<40).map { "a\($0): &a\($0) [*a, *b]\n" }.joined()
        #expect(problem(links) == nil)
        #expect(problem(links + "? x\n: y\n") == "has too many anchors and aliases beside keys that are no plain text")
        #expect(problem(links + "*a : y\n") == "has too many anchors and aliases beside keys that are no plain text")
        #expect(problem("\(String(repeating: " ", count: 200))x\n" + links + links + links) != nil)
        let script = "a: |\n" + String(repeating: "  if (a && b[*p] ? c : d) { echo \"&nbsp; ${x}: y\" }\n", count: 500)
        #expect(problem(script) == nil, "what a script has are not anchors and keys")
    }

    @Test func noTextIsWorseThanWrong() {
        let seeds = [
            service("a", labels: "&l {a: b, c: [1, 2]}") + "---\nkind: List\nitems: [*l]\n",
            "{\"kind\": \"Service\", \"a\": [1, {\"b\": \"\\u00e9\"}]}\n...\n---\n? [a, b]\n: {c: d}\n- |\n  text\n",
            "a: &a {x: 1}\nb: {<<: *a}\n!!str c: !!int 5\n'd': \"e\\tf\"\ng: >-\n  h\n   i\n",
        ]
        let pieces = [
            "&a ", "*a", "? ", "[", "]", "{", "}", ": ", "- ", "\n", "---\n", "...\n", "'", "\"", "|\n", "#", "!!str ",
            "!", "%",
            "\t", "<<: *a", ", ", "@", "\u{85}", "\u{feff}", "\0", "é", "~", "  ",
        ]
        var state: UInt64 = 12
        func random(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        for round in 0..<3000 {
            var text = Array(seeds[round % seeds.count].utf8)
            for _ in 0...random(8) {
                let at = random(text.count)
                switch random(3) {
                case 0: text.insert(contentsOf: pieces[random(pieces.count)].utf8, at: at)
                case 1: text.removeSubrange(at..<min(text.count, at + 3))
                default: text[at] = UInt8(random(256))
                }
            }
            let lineCount = text.count { $0 == UInt8(ascii: "\n") } + 1
            if case .failure(let error) = DecodedFile(text, file: "f.yaml").documents {
                #expect(error.position.line >= 1 && error.position.line <= lineCount + 1, "\(error)")
            }
        }
    }

    // MARK: Cut files

    @Test func knowsWhatMayBeCut() {
        #expect(!DecodedFile(Array(service("a").utf8), file: "f.yaml").mayBeCut)
        #expect(DecodedFile(Array(service("a").utf8.dropLast()), file: "f.yaml").mayBeCut)
        #expect(!DecodedFile(Array(serviceText("a").utf8), file: "f.json").mayBeCut, "what is left of JSON is none")
    }
}

struct YAMLScalarTests {
    @Test(
        arguments: [
            ("", .null), ("~", .null), ("Null", .null), ("nUll", .string("nUll")), ("y", .boolean(true)),
            ("Off", .boolean(false)), ("oFF", .string("oFF")), ("12", .number("12")), ("+12", .number("12")),
            ("-0", .number("0")), ("0x1F", .number("31")), ("-0X1f", .number("-31")), ("017", .number("15")),
            ("0o17", .number("15")), ("0b101", .number("5")), ("-0b101", .number("-5")), ("08", .number("8")),
            ("1_000", .number("1000")), ("_1", .string("_1")),
            ("18446744073709551615", .number("18446744073709551615")),
            ("-9223372036854775808", .number("-9223372036854775808")),
            ("36893488147419103232", .number("3.6893488147419103e+19")),
            ("1e3", .number("1000")), ("1.", .number("1")), (".5", .number("0.5")), ("+.5", .number("0.5")),
            ("1e400", .string("1e400")), (".", .string(".")), ("1e", .string("1e")), ("0x", .string("0x")),
            ("0x1p4", .string("0x1p4")), ("-", .string("-")), ("++1", .string("++1")),
            ("12:30:45", .string("12:30:45")),
            ("2001-12-14", .string("2001-12-14")), ("1.2.3", .string("1.2.3")), ("0_8", .number("8")),
            ("Infinity", .string("Infinity")), ("<<", .string("<<")),
        ] as [(String, YAMLScalar)])
    func readsPlainText(text: String, meaning: YAMLScalar) throws {
        #expect(try YAMLScalar(text, tag: "") == meaning)
    }

    @Test(
        arguments: [
            ("yes", "str", .string("yes")), ("5", "int", .number("5")), ("5", "float", .number("5")),
            ("x", "timestamp", .string("x")), ("aGk=\n", "binary", .string("hi")), ("", "null", .null),
        ] as [(String, String, YAMLScalar)])
    func readsTaggedText(text: String, tag: String, meaning: YAMLScalar) throws {
        #expect(try YAMLScalar(text, tag: "tag:yaml.org,2002:" + tag) == meaning)
    }

    @Test(arguments: [("x", "int"), ("1.5", "int"), ("5", "bool"), ("x", "null"), ("?", "binary"), (".nan", "float")])
    func refusesWhatDoesNotFitItsTag(text: String, tag: String) {
        #expect(throws: YAMLScalar.Problem.self) { try YAMLScalar(text, tag: "tag:yaml.org,2002:" + tag) }
    }

    @Test func unknownTagsChangeNothing() throws {
        #expect(try YAMLScalar("5", tag: "!mine") == .string("5"))
        #expect(throws: YAMLScalar.Problem.self) { try YAMLScalar(".inf", tag: "") }
    }
}
