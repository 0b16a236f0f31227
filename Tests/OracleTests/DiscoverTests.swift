import Foundation
import Testing
import TestSupport

/// Goal: what `switchyard discover` prints is what shells and people expect.
@Suite struct DiscoverTests {
    private let files: ClusterFiles

    init() throws {
        files = try ClusterFiles()
        try files.addService("web", ["fd96::10", "10.96.0.10"])
        try files.addService("1st", ["10.96.0.11"])
        try files.write(
            "pod.json",
            """
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "lonely"},
             "spec": {"enableServiceLinks": false, "containers": [{"name": "c", "image": "i"}]}}
            """)
    }

    private func discover(_ words: String...) throws -> CommandOutput {
        try Shell.run([SwitchyardCommand.executable, "discover"] + words + ["--state", files.folder.path()])
    }

    /// The brackets of an IPv6 address would be a pattern of file names, and a name with a digit in front would end the shell.
    @Test func aShellTakesTheVariables() throws {
        let output = try discover("env")
        #expect(output.status == 0)
        #expect(output.errors.contains("warning: ") && output.errors.contains("such as 1ST_SERVICE_HOST"))
        let script = "set -e; cd /; eval \"$1\"; echo $WEB_SERVICE_HOST \"$WEB_PORT\" $WEB_SERVICE_PORT_UDP"
        let values = try Shell.check(["sh", "-c", script, "sh", output.output])
        #expect(values == "fd96::10 tcp://[fd96::10]:80 80\n")
    }

    @Test func otherFormats() throws {
        let file = try discover("env", "-o", "file").output
        #expect(file.contains("1ST_SERVICE_HOST=10.96.0.11\n") && file.contains("WEB_PORT=tcp://[fd96::10]:80\n"))
        let json = try discover("env", "-o", "json").output
        let variables = try JSONDecoder().decode([[String: String]].self, from: Data(json.utf8))
        #expect(variables.count == file.split(separator: "\n").count)
        #expect(variables.first == ["name": "1ST_SERVICE_HOST", "value": "10.96.0.11"])
    }

    @Test func aPodMayDoWithout() throws {
        #expect(try discover("env", "--pod", "lonely").output.isEmpty)
        let none = try discover("env", "--pod", "nobody")
        #expect(none.status == 1 && none.errors == "error: there is no Pod default/nobody in the state\n")
    }

    @Test(arguments: [
        (["web", "AAAA"], "NOERROR", "web.default.svc.cluster.local.\t5\tIN\tAAAA\tfd96::10\n"),
        (
            ["web.default", "txt"], "NOERROR",
            "cluster.local.\t5\tIN\tSOA\tns.dns.cluster.local. hostmaster.cluster.local."
        ),
        (["nobody"], "NXDOMAIN", "cluster.local.\t5\tIN\tSOA\t"),
        (["10.96.0.10"], "NOERROR", "10.0.96.10.in-addr.arpa.\t5\tIN\tPTR\tweb.default.svc.cluster.local.\n"),
        (["example.com."], "REFUSED", ";example.com.\tIN\tA\n"),
    ])
    func answers(question: [String], status: String, line: String) throws {
        let output = try Shell.run(
            [SwitchyardCommand.executable, "discover", "dns"] + question + ["--state", files.folder.path()])
        #expect(output.status == 0)
        #expect(output.output.contains("status: \(status), "))
        #expect(output.output.contains(line))
    }

    @Test(arguments: [
        ["a..b"], ["web", "MX"], ["web", "--zones", "x"], ["--cluster-domain", "a_b"], ["--dns-ttl", "0"],
    ])
    func wrongCommandLines(words: [String]) throws {
        let output = try Shell.run(
            [SwitchyardCommand.executable, "discover", "dns"] + words + ["--state", files.folder.path()])
        #expect(output.status == 64)
    }

    @Test func aDirectoryThatIsNotThere() throws {
        let output = try discover("dns", "--zones", "/nonexistent/zones")
        #expect(output.status == 1)
        #expect(output.errors.contains("/nonexistent/zones: cannot open the directory of the zones: No such file"))
    }
}
