import ClusterModel
import Testing

@testable import StateFiles

@Suite struct DocumentSplitterTests {
    /// All documents of a text that comes in pieces of this many bytes.
    private func split(_ text: String, pieces: Int) -> [String] {
        var splitter = DocumentSplitter()
        var result: [String] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            splitter.append(bytes[start..<min(start + pieces, bytes.count)])
            while let document = splitter.next() { result.append(String(decoding: document.bytes, as: UTF8.self)) }
        }
        while let document = splitter.finish() { result.append(String(decoding: document.bytes, as: UTF8.self)) }
        return result
    }

    private static let texts: [(String, [String])] = [
        ("", []), (" \n\u{1e}\t", []),
        (#"{"a":1}{"b":[{},{}]}"#, [#"{"a":1}"#, #"{"b":[{},{}]}"#]),
        ("\u{1e}{}\n\u{1e}[]\n", ["{}", "[]"]),
        (#"{"a":"}\"{"} {"b":"\\"}"#, [#"{"a":"}\"{"}"#, #"{"b":"\\"}"#]),
        ("{\n  \"a\": \"é\"\n}\n{\n}\n", ["{\n  \"a\": \"é\"\n}", "{\n}"]),
        ("\u{feff}{} {}", ["{}", "{}"]),
        ("hello {}\n{}", ["hello {}", "{}"]),
        ("{\"a\":1]{}", ["{\"a\":1]", "{}"]),
        ("} {}", ["} {}"]),
        ("{\"a\":\"b\n{}", ["{\"a\":\"b\n", "{}"]),
        (#"{"a":1 {"b":2}"#, [#"{"a":1 {"#, #""b":2}"#]),
        (#"[{} {}]"#, [#"[{} {"#, "}]"]),
        (#"{"a": {"#, [#"{"a": {"#]),
    ]

    @Test(arguments: texts, [1, 2, 3, 7, 1000])
    func splits(_ sample: (text: String, documents: [String]), pieces: Int) {
        #expect(split(sample.text, pieces: pieces) == sample.documents)
    }

    @Test func tellsWhereADocumentBegins() {
        var splitter = DocumentSplitter()
        splitter.append(Array("\n {}[]\n\n\n[]".utf8))
        var places: [TextPosition] = []
        while let document = splitter.next() { places.append(document.position) }
        #expect(
            places == [
                TextPosition(line: 2, column: 2), TextPosition(line: 2, column: 4), TextPosition(line: 5, column: 1),
            ])
    }

    @Test(arguments: [1, 5, 1000])
    func goesOnAtTheNextLineThatLooksLikeADocument(pieces: Int) {
        let text = "{\"a\": {\n{\"b\":1}\n  {\"c\":1}\n{\"d\":1}\n"
        var splitter = DocumentSplitter()
        var result: [String] = []
        func take(_ document: DocumentSplitter.Document) {
            result.append(String(decoding: document.bytes, as: UTF8.self))
            if result.count == 1 { splitter.resynchronize() }
        }
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            splitter.append(bytes[start..<min(start + pieces, bytes.count)])
            while let document = splitter.next() { take(document) }
        }
        while let document = splitter.finish() { take(document) }
        #expect(result == ["{\"a\": {\n{", "{\"b\":1}", "{\"c\":1}", "{\"d\":1}"])
    }

    @Test func keepsNoMoreThanItNeeds() {
        var splitter = DocumentSplitter()
        var count = 0
        for _ in 0..<1000 {
            splitter.append(Array(repeating: UInt8(ascii: " "), count: 1000) + Array("{}".utf8))
            while splitter.next() != nil { count += 1 }
            #expect(splitter.bufferedBytes < 4000)
        }
        #expect(count == 1000)
    }
}
