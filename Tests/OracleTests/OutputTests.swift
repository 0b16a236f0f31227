import Foundation
import Glibc
import Testing
import TestSupport

extension KernelTests {
    /// What becomes of the process when nobody takes what it writes.
    struct OutputTests {
        private let files: ClusterFiles
        private let switchyard: SwitchyardCommand

        init() throws {
            switchyard = try SwitchyardCommand(servingWebOn: try NetworkNamespace("node"))
            files = switchyard.files
        }

        private func isServed(_ endpoint: String) throws -> Bool { try switchyard.listing().contains(endpoint) }

        @Test(arguments: ["render", "apply", "render --help", "--version"])
        func outputThatCannotBeWrittenIsAnError(_ command: String) throws {
            let words = command.split(separator: " ").map(String.init)
            let script = words.count == 1 && !words[0].hasPrefix("-") ? "\"$@\"" : "\"$1\" \(command)"
            let result = try switchyard.script("\(script) > /dev/full", words[0])
            #expect(result.status == 1)
            #expect(result.errors == "error: cannot write to standard output: No space left on device\n")
        }

        @Test func anErrorOfDiffIsToldFromADifference() throws {
            #expect(try switchyard.script("\"$@\" > /dev/full", "diff").status == 2)
        }

        @Test(arguments: ["render", "diff", "apply"])
        func aReaderThatEndsIsNoReasonForNoise(_ command: String) throws {
            let closedPipe = """
                import os, subprocess, sys
                r, w = os.pipe()
                os.close(r)
                sys.exit(subprocess.run(sys.argv[1:], stdout=w).returncode)
                """
            let result = try switchyard.script("python3 -c '\(closedPipe)' \"$@\"", command)
            #expect(result.status == 141 && result.errors.isEmpty, "\(result)")
        }

        @Test func closedDescriptorsAreNotTakenForOthers() throws {
            let result = try switchyard.script("\"$@\" <&- >&- 2>&-", "apply")
            #expect(try result.status == 0 && isServed("10.64.1.1"))
            let daemon = try switchyard.run(inScript: "exec \"$@\" <&- >&- 2>&-")
            try files.remove("slice-web-2.json")
            try daemon.wait(for: "the endpoint's end") { try !isServed("10.64.2.1") }
            for descriptor in 0...2 {
                let path = "/proc/\(daemon.identifier)/fd/\(descriptor)"
                #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == "/dev/null")
            }
            #expect(try daemon.terminate() == 0)
        }

        @Test func aMissingInputIsNoEmptyState() throws {
            try switchyard.apply()
            let result = try switchyard.script("\"$@\" <&-", "apply", ["--state", "-"])
            #expect(try result.status == 1 && isServed("10.64.1.1"))
        }

        /// Goal: the daemon never waits for whoever reads its log.
        /// Method: a pipe of one page, which the complaints about many files fill.
        @Test func aLogThatNobodyReadsHoldsNothingUp() throws {
            let pipe = Pipe()
            let setPipeSize: Int32 = 1031
            try #require(fcntl(pipe.fileHandleForWriting.fileDescriptor, setPipeSize, 4096) == 4096)
            for number in 1...200 { try files.write("broken-\(number).json", "{") }
            let daemon = try switchyard.run(errors: pipe.fileHandleForWriting)
            try daemon.wait(for: "the first sync") { try isServed("10.64.2.1") }
            try files.remove("slice-web-2.json")
            try daemon.wait(for: "the endpoint's end") { try !isServed("10.64.2.1") }
            #expect(try daemon.terminate() == 0)
        }

        @Test func aReaderOfTheLogMayEnd() throws {
            let pipe = Pipe()
            let daemon = try switchyard.run(errors: pipe.fileHandleForWriting)
            #expect(try pipe.fileHandleForReading.read(upToCount: 1)?.count == 1)
            try pipe.fileHandleForReading.close()
            try files.remove("slice-web-2.json")
            try daemon.wait(for: "the endpoint's end") { try !isServed("10.64.2.1") && isServed("10.64.1.1") }
            try files.write("broken.json", "{")
            try files.addEndpoint("web-2", of: "web", "10.64.2.1")
            try daemon.wait(for: "the endpoint's return") { try isServed("10.64.2.1") }
            #expect(try daemon.terminate() == 0)
        }
    }
}
