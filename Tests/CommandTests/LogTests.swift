import Foundation
import Glibc
import Logging
import ProxyConfiguration
import SystemPackage
import Testing

@testable import switchyard

@Suite struct LogTests {
    private let epoch = Date(timeIntervalSince1970: 1.5)

    @Test func oneMessageIsOneLineOfText() {
        let line = LogFormat.text.line(
            epoch, .warning, "switchyard", "a\nb\u{1B}[1m\u{9B}\u{2028}\u{202E}c: ü", ["key": "x\r\ny", "a": "\t"])
        #expect(
            line == """
                1970-01-01T00:00:01.500Z warning switchyard: a\\nb\\x1b[1m\\u009b\\u2028\\u202ec: ü a=\\t key=x\\r\\ny
                """)
    }

    @Test func oneMessageIsOneObjectOfJSON() {
        let line = LogFormat.json.line(epoch, .error, "switchyard", "\"a/b\"\n", [:])
        #expect(line == #"{"level":"error","logger":"switchyard","msg":"\"a/b\"\\n","ts":1500}"#)
        let details = LogFormat.json.line(epoch, .error, "switchyard", "", ["key": "x"])
        #expect(details.contains(#""details":{"key":"x"}"#))
    }

    @Test func aLongMessageIsCut() {
        let line = LogFormat.text.line(epoch, .error, "x", String(repeating: "é", count: 10_000), [:])
        #expect(line.utf8.count < 17 << 10 && line.hasSuffix("é..."))
    }

    /// Goal: nobody waits, and no line is lost without being counted.
    /// Method: far more lines than the pipe and the memory hold are written before the first is read.
    @Test func nobodyWaitsForTheReader() throws {
        let pipe = try FileDescriptor.pipe()
        let writer = LogWriter(to: pipe.writeEnd, sizeMax: 4096) { "lost \($0)" }
        let lineCount = 10_000
        for number in 0..<lineCount { writer.write("line \(number) of those that nobody reads") }
        var readCount = 0
        var lostCount = 0
        let file = try #require(fdopen(pipe.readEnd.rawValue, "r"))
        defer { fclose(file) }
        while readCount + lostCount < lineCount {
            let line = try #require(readLine(from: file))
            if line.hasPrefix("lost ") { lostCount += try #require(Int(line.dropFirst(5))) } else { readCount += 1 }
        }
        #expect(readCount + lostCount == lineCount && lostCount > 0 && readCount > 0)
        try pipe.writeEnd.close()
    }

    @Test func whatIsWrittenBeforeTheEndIsThereInOrder() throws {
        let pipe = try FileDescriptor.pipe()
        let writer = LogWriter(to: pipe.writeEnd) { "lost \($0)" }
        for number in 1...100 { writer.write("\(number)") }
        writer.end(within: .seconds(60))
        try pipe.writeEnd.close()
        let file = try #require(fdopen(pipe.readEnd.rawValue, "r"))
        defer { fclose(file) }
        for number in 1...100 { #expect(readLine(from: file) == "\(number)") }
        #expect(readLine(from: file) == nil)
    }
}

private func readLine(from file: UnsafeMutablePointer<FILE>) -> String? {
    var buffer: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(buffer) }
    guard getline(&buffer, &capacity, file) > 0, let buffer else { return nil }
    return String(String(cString: buffer).dropLast())
}
