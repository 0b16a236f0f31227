import Foundation
import ProxyConfiguration
import ProxyDaemon
import Testing
import TestSupport

extension KernelTests {
    /// What Services are given, and the file in which it is remembered, with the executable.
    struct AllocationCommandTests {
        private let files: ClusterFiles
        private let switchyard: SwitchyardCommand
        /// Beside the state.
        private let folder: URL

        init() throws {
            files = try ClusterFiles()
            switchyard = SwitchyardCommand(node: try NetworkNamespace("node"), files: files)
            folder = FileManager.default.temporaryDirectory.appending(path: "allocations-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }

        private var file: String { folder.appending(path: "allocations.json").path() }

        private var ranges: [String] {
            ["--service-cluster-ip-range", "10.96.0.0/16", "--service-node-port-range", "30000-32767"]
        }

        private var options: [String] { ranges + ["--allocations", file] }

        /// Services that choose nothing for themselves, with an endpoint each.
        private func addServices(_ names: String..., clusterIP: String? = nil) throws {
            for name in names {
                let chosen = clusterIP.map { "\n  clusterIP: \($0)" } ?? ""
                let text = """
                    apiVersion: v1
                    kind: Service
                    metadata:
                      name: \(name)
                    spec:\(chosen)
                      ports:
                      - port: 80

                    """
                try Data(text.utf8).write(to: files.folder.appending(path: "service-\(name).yaml"))
                try files.addEndpoint("\(name)-1", of: name, "10.64.1.\(name.utf8.count)")
            }
        }

        private func addresses(in text: String) -> Set<String> {
            Set(text.matches(of: #/10\.96\.[0-9]+\.[0-9]+/#).map { String($0.output) })
        }

        private func remembered() throws -> Set<String> {
            addresses(in: try String(contentsOfFile: file, encoding: .utf8))
        }

        /// Goal: whatever ends the daemon once it is written down what Services were given, they have it afterwards.
        @Test func killedBetweenAllocationAndCommit() throws {
            try addServices("a", "bb", "ccc")
            let daemon = try switchyard.run(.nftables, options)
            try daemon.wait(for: "the file") { FileManager.default.fileExists(atPath: file) }
            try daemon.kill()
            let before = try remembered()
            #expect(before.count == 3)
            try addServices("dddd")
            let second = try switchyard.start(.nftables, options)
            let after = try remembered()
            #expect(after.isSuperset(of: before) && after.count == 4)
            #expect(addresses(in: try switchyard.listing()).isSuperset(of: after))
            #expect(try second.terminate() == 0)
        }

        /// Goal: a full disk keeps nobody from being served who has an address.
        @Test func aFullDiskStopsNobodyElse() throws {
            try addServices("a", clusterIP: "10.96.0.10")
            try addServices("bb")
            let script = """
                mount -t tmpfs -o size=4k tmpfs '\(folder.path())' && head -c 4096 /dev/zero > '\(folder.path())/fill'
                exec "$@"
                """
            let output = try switchyard.script(
                "exec unshare -m sh -c '\(script.replacing("'", with: #"'\''"#))' sh \"$@\"", "apply", options)
            #expect(output.status == 1)
            #expect(output.errors.contains("error: \(file): cannot write: No space left on device"))
            #expect(output.errors.contains("error: Service default/bb: cannot be given anything while that"))
            #expect(try addresses(in: switchyard.listing()) == ["10.96.0.10"])
        }

        @Test func aDamagedFileIsRefusedAndLeftAlone() throws {
            try addServices("a")
            try Data("half of".utf8).write(to: URL(filePath: file))
            for command in ["apply", "render", "diff"] {
                let output = try switchyard.script(#"exec "$@""#, command, options)
                #expect(output.status != 0 && output.errors.contains("\(file): cannot be used: it is damaged"))
            }
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "half of")
        }

        /// Goal: people see what is in force, given by whoever.
        @Test func getPrintsWhatIsInForce() throws {
            try addServices("a", "bb")
            try switchyard.node.check(switchyard.withState("apply", options))
            let table = try switchyard.node.check(switchyard.onlyState("get", ["services"] + options))
            let lines = table.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            #expect(lines.first == ["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"])
            #expect(lines.dropFirst().map { $0[0] } == ["a", "bb"])
            #expect(Set(lines.dropFirst().map { $0[2] }) == (try remembered()))
            let endpoints = try switchyard.node.check(switchyard.onlyState("get", ["endpoints", "bb", "-o", "json"]))
            #expect(endpoints.contains(#""ip" : "10.64.1.2""#) && !endpoints.contains("10.64.1.1"))
            let nothing = try switchyard.node.run(switchyard.onlyState("get", ["svc", "ccc", "-n", "shop"]))
            #expect(nothing.status == 1 && nothing.errors.contains(#"services "ccc" not found"#))
        }

        /// Goal: what only looks comes to the same, and writes nothing.
        @Test func dryRunsRememberNothing() throws {
            try addServices("a", "bb")
            let first = addresses(in: try switchyard.render(options))
            #expect(first.count == 2)
            #expect(addresses(in: try switchyard.render(options)) == first)
            #expect(!FileManager.default.fileExists(atPath: file))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path()) == [])
            let output = try switchyard.script(#"exec "$@""#, "apply", ranges)
            #expect(
                output.status == 0 && output.errors.contains("warning: what Services are given is remembered as long"))
            #expect(try addresses(in: switchyard.listing()) == first)
        }
    }
}
