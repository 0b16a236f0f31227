import NetfilterKernel
import NetworkValues
import Testing
import TestSupport

/// Flows that `conntrack` has made, and that have to end or to stay.
struct ConntrackTests {
    private let namespace: NetworkNamespace
    private let socket: NetfilterSocket

    init() throws {
        let namespace = try NetworkNamespace("flows")
        self.namespace = namespace
        socket = try namespace.perform { try NetfilterSocket() }
    }

    private func add(
        _ destination: String, _ port: UInt16, to target: String, _ clientPort: UInt16, over: String = "udp"
    )
        throws
    {
        let client = destination.contains(":") ? "fd64:0:0:9::1" : "10.64.9.1"
        let words =
            "-I -p \(over) -s \(client) --sport \(clientPort) -d \(destination) --dport \(port)"
            + " -r \(target) --reply-port-src 5353 -q \(client) --reply-port-dst \(clientPort) -t 600"
        let state = over == "tcp" ? ["--state", "ESTABLISHED"] : []
        try namespace.check(["conntrack"] + words.split(separator: " ").map(String.init) + state)
    }

    private func list(_ family: String) throws -> [String] {
        let lines = try namespace.check(["conntrack", "-L", "-f", family]).split(separator: "\n")
        return lines.map { line in
            let words = line.split(separator: " ").filter { $0.hasPrefix("src=") || $0.hasPrefix("dst=") }
            return "\(line.prefix { $0 != " " }) \(words[1].dropFirst(4)) \(words[2].dropFirst(4))"
        }
        .sorted()
    }

    private func place(_ address: String, _ port: UInt16, _ over: TransportProtocol = .udp) throws -> FlowPlace {
        .destination(FlowDestination(over, SocketAddress(try #require(IPAddress(address)), port)))
    }

    private func target(_ address: String) throws -> SocketAddress {
        SocketAddress(try #require(IPAddress(address)), 5353)
    }

    /// One protocol is asked of the kernel alone, two are not.
    @Test(arguments: [false, true]) func onlyForbiddenFlowsEnd(_ isTCPToo: Bool) throws {
        for transport in ["udp", "tcp"] {
            try add("10.96.0.10", 53, to: "10.64.1.1", 1001, over: transport)
            try add("10.96.0.10", 53, to: "10.64.2.1", 1002, over: transport)
            try add("10.96.0.10", 54, to: "10.64.1.1", 1003, over: transport)
        }
        try add("fd96::10", 53, to: "fd64:0:0:1::1", 1004)
        try add("fd96::11", 53, to: "fd64:0:0:1::1", 1005)
        try add("192.0.2.10", 30053, to: "10.64.1.1", 1006)
        try add("192.0.2.11", 30053, to: "10.64.1.1", 1007)
        var flows = FlowTargets(
            [
                try place("10.96.0.10", 53): [try target("10.64.2.1")], try place("fd96::10", 53): [],
                .localPort(.udp, .ipv4, 30053): [],
            ], localAddresses: [try #require(IPAddress("192.0.2.10"))])
        if isTCPToo { flows.targets[try place("10.96.0.10", 53, .tcp)] = [] }
        #expect(try socket.endFlows(forbiddenBy: flows) == (isTCPToo ? 5 : 3))
        let tcp = isTCPToo ? [] : ["tcp 10.96.0.10 10.64.1.1", "tcp 10.96.0.10 10.64.2.1"]
        let others = ["tcp 10.96.0.10 10.64.1.1"]
        let udp = ["udp 10.96.0.10 10.64.1.1", "udp 10.96.0.10 10.64.2.1", "udp 192.0.2.11 10.64.1.1"]
        #expect(try list("ipv4") == (tcp + others + udp).sorted())
        #expect(try list("ipv6") == ["udp fd96::11 fd64:0:0:1::1"])
        #expect(try socket.endFlows(forbiddenBy: flows) == 0)
    }

    @Test func manyFlowsEnd() throws {
        let lines = (1...2_000).map { number in
            "-I -p udp -s 10.64.9.\(number % 200 + 1) --sport \(number) -d 10.96.0.10 --dport 53 -r 10.64.\(number % 2).1"
                + " --reply-port-src 5353 -q 10.64.9.\(number % 200 + 1) --reply-port-dst \(number) -t 600\n"
        }
        try namespace.check(["conntrack", "-R", "-"], input: lines.joined())
        let flows = FlowTargets([try place("10.96.0.10", 53): [try target("10.64.1.1")]])
        #expect(try socket.endFlows(forbiddenBy: flows) == 1_000)
        #expect(try list("ipv4").count == 1_000)
    }
}
