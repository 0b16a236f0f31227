import Foundation
import Glibc
import ProxyConfiguration
import ProxyDaemon
import Testing
import TestSupport

extension KernelTests {
    /// The daemon fed by pipes, with rules in the kernel already.
    struct StreamTests {
        private let files: ClusterFiles
        private let switchyard: SwitchyardCommand

        init() throws {
            files = try ClusterFiles()
            switchyard = SwitchyardCommand(node: try NetworkNamespace("node"), files: files)
        }

        private func pipe(_ name: String) throws -> String {
            let path = files.folder.appending(path: name).path()
            guard mkfifo(path, 0o600) == 0 else { throw Disappointment(description: "cannot make a pipe") }
            return path
        }

        private func run(_ states: [String]) throws -> BackgroundProcess {
            let options = states.flatMap { ["--state", $0] }
            return try BackgroundProcess(switchyard.withoutState("run") + options, in: switchyard.node)
        }

        /// The objects of the files, one event a line.
        private func events(_ names: [String]) throws -> [String] {
            try names.map { name in
                let text = try String(contentsOf: files.folder.appending(path: name), encoding: .utf8)
                return #"{"type": "ADDED", "object": \#(text.replacing("\n", with: " "))}"# + "\n"
            }
        }

        private func end(of kind: String) -> String {
            let metadata = #"{"annotations": {"k8s.io/initial-events-end": "true"}}"#
            return #"{"type": "BOOKMARK", "object": {"kind": "\#(kind)", "metadata": \#(metadata)}}"# + "\n"
        }

        /// Goal: whatever pauses a stream makes, no rule goes before it has said that all is there.
        @Test func aPauseTakesNothingAway() throws {
            for (name, number) in [("a", 1), ("b", 2)] {
                try files.addService(name, ["10.96.0.\(number)"])
                try files.addEndpoint("\(name)-1", of: name, "10.64.\(number).1")
            }
            try switchyard.apply()
            let before = try switchyard.listing()
            let monitor = try BackgroundProcess(["nft", "monitor"], in: switchyard.node)
            try monitor.wait(for: "the monitor") {
                try switchyard.node.check(["nft", "add", "table", "ip", "other"])
                try switchyard.node.check(["nft", "delete", "table", "ip", "other"])
                return try monitor.output.contains { $0.contains("delete table ip other") }
            }
            let known = try monitor.output.count
            let daemon = try run([try pipe("pipe")])
            let writer = try FileHandle(forWritingTo: files.folder.appending(path: "pipe"))
            for event in try events(["service-a.json", "service-b.json", "slice-a-1.json", "slice-b-1.json"]) {
                try writer.write(contentsOf: Data(event.utf8))
                // The pause is what is tested; nothing waits for it.
                usleep(300_000)
            }
            #expect(try daemon.errors.filter { $0.contains("synced") } == [])
            try writer.write(contentsOf: Data((end(of: "Service") + end(of: "EndpointSlice")).utf8))
            try daemon.wait(for: "the first sync") { try daemon.errors.contains { $0.contains("synced 2 of 2") } }
            #expect(try switchyard.listing() == before.replacing("table ip other {\n}\n", with: ""))
            #expect(
                try monitor.output.dropFirst(known).filter { $0.hasPrefix("delete") && !$0.contains("other") } == [])
        }

        /// Goal: a pipe and files make one state, over the end of the pipe's writers.
        @Test func aPipeMayChangeItsWriter() throws {
            try files.addService("file", ["10.96.0.1"])
            let daemon = try run([files.folder.appending(path: "service-file.json").path(), try pipe("pipe")])
            try files.addService("a", ["10.96.0.2"])
            try files.addService("b", ["10.96.0.3"])
            for names in [["service-a.json", "service-b.json"], ["service-b.json"]] {
                let writer = try FileHandle(forWritingTo: files.folder.appending(path: "pipe"))
                let text = try events(names).joined() + end(of: "Service") + end(of: "EndpointSlice")
                try writer.write(contentsOf: Data(text.utf8))
                try writer.close()
                try daemon.wait(for: "the list") {
                    let listing = try switchyard.listing()
                    return listing.contains("10.96.0.3") && listing.contains("10.96.0.2") == (names.count == 2)
                }
            }
            #expect(try switchyard.listing().contains("10.96.0.1"))
            #expect(try daemon.terminate() == 0)
        }

        /// Goal: a slice of no Service hides nothing: what is gone from the files goes from the kernel.
        @Test func aSliceOfNoServiceKeepsNothing() throws {
            try files.addWeb()
            try files.addService("gone", ["10.96.0.20"])
            try switchyard.apply(.iptables)
            try switchyard.apply()
            try files.remove("service-gone.json")
            try files.write(
                "slice-other.json",
                """
                {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                 "metadata": {"name": "other", "namespace": "default"}, "endpoints": [], "ports": []}
                """)
            try switchyard.apply()
            let listing = try switchyard.listing()
            #expect(!listing.contains("10.96.0.20") && listing.contains("10.96.0.10"))
            #expect(!listing.contains("KUBE-SERVICES"))
        }
    }
}
