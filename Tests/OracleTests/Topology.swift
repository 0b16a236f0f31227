import Foundation
import TestSupport

/// A node with three backends, a pod without a server, and a stranger, each in a namespace and on a link of its own.
///
/// Backend i has the addresses 10.64.i.1 and fd64:0:0:i::1, the pod is number 9, and the stranger has 203.0.113.1 and
/// 2001:db8::1; the node has the last byte 254 (fe) on each link, and its default route leads to the stranger. Every
/// packet passes the node, as on a real one with a routing network plugin.
final class Topology {
    /// Somebody who makes connections.
    enum Client: CaseIterable {
        case pod
        case stranger
        case node
        case firstBackend
    }

    /// What came of a row of connections.
    struct Report: Decodable, Equatable {
        /// How many connections each backend answered, by name.
        var names: [String: Int] = [:]
        /// Who the backends thought it was.
        var peers: Set<String> = []
        /// How many were refused, or stayed without an answer.
        var failures: [String: Int] = [:]
    }

    static let servedPorts = ["8080", "9090"]

    let node: NetworkNamespace
    private let pod: NetworkNamespace
    private let stranger: NetworkNamespace
    private let backends: [NetworkNamespace]
    private var servers: [BackgroundProcess] = []

    init() throws {
        node = try NetworkNamespace("node")
        pod = try NetworkNamespace("pod")
        stranger = try NetworkNamespace("stranger")
        backends = try (1...3).map { try NetworkNamespace("b\($0)") }
        let all = "/proc/sys/net/ipv6/conf/all", `default` = "/proc/sys/net/ipv6/conf/default"
        for namespace in [node, pod, stranger] + backends {
            // No waiting for duplicate address detection.
            try namespace.check(["sh", "-c", "echo 0 >\(all)/accept_dad; echo 0 >\(`default`)/accept_dad"])
        }
        try node.check(["sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >\(all)/forwarding"])
        // What the stranger sends to a cluster IP would be routed back to him: a redirect for each such packet would use up
        // all that a host gets of ICMP.
        for conf in ["all", "default"] {
            try node.check(["sh", "-c", "echo 0 >/proc/sys/net/ipv4/conf/\(conf)/send_redirects"])
        }
        for (index, backend) in backends.enumerated() {
            try link("b\(index + 1)", backend, "10.64.\(index + 1).", "fd64:0:0:\(index + 1)::")
        }
        try link("pod", pod, "10.64.9.", "fd64:0:0:9::")
        try link("stranger", stranger, "203.0.113.", "2001:db8::")
        try node.check(["ip", "route", "add", "default", "via", "203.0.113.1"])
        try node.check(["ip", "route", "add", "default", "via", "2001:db8::1"])
        for (index, backend) in backends.enumerated() {
            let command = ["python3", Self.script, "serve", "b\(index + 1)"] + Self.servedPorts
            servers.append(try BackgroundProcess(command, in: backend))
        }
        for server in servers { try server.wait(for: "a listening server") { try server.output == ["ready"] } }
    }

    private func link(_ name: String, _ namespace: NetworkNamespace, _ ipv4: String, _ ipv6: String) throws {
        try Shell.check(
            ["ip", "link", "add", name, "netns", node.name, "type", "veth"]
                + ["peer", "name", "eth0", "netns", namespace.name])
        let nodeSide = [
            "link set \(name) up", "addr add \(ipv4)254/24 dev \(name)", "addr add \(ipv6)fe/64 dev \(name) nodad",
        ]
        let farSide = [
            "link set eth0 up", "addr add \(ipv4)1/24 dev eth0", "addr add \(ipv6)1/64 dev eth0 nodad",
            "route add default via \(ipv4)254", "route add default via \(ipv6)fe",
        ]
        try Shell.check(["ip", "-n", node.name, "-batch", "-"], input: nodeSide.joined(separator: "\n") + "\n")
        try Shell.check(["ip", "-n", namespace.name, "-batch", "-"], input: farSide.joined(separator: "\n") + "\n")
    }

    private static var script: String {
        URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Support/peer.py").path()
    }

    private func namespace(of client: Client) -> NetworkNamespace {
        switch client {
        case .pod: pod
        case .stranger: stranger
        case .node: node
        case .firstBackend: backends[0]
        }
    }

    /// Gives the pod further IPv4 addresses of its link.
    func addPodAddresses(_ addresses: [String]) throws {
        let lines = addresses.map { "addr add \($0)/24 dev eth0\n" }
        try Shell.check(["ip", "-n", pod.name, "-batch", "-"], input: lines.joined())
    }

    /// Makes connections, one after another.
    ///
    /// - Parameter patience: for how many seconds each waits for its answer.
    func connect(
        _ count: Int, from client: Client = .pod, over transport: String = "tcp", to host: String, _ port: Int,
        source: String = "-", patience: Int = 20
    ) throws -> Report {
        let output = try namespace(of: client).check(
            ["python3", Self.script, "connect", "\(count)", transport, host, "\(port)", source, "\(patience)"])
        return try JSONDecoder().decode(Report.self, from: Data(output.utf8))
    }

    /// How often a client has had to repeat the first packet of a TCP connection, because nobody answered it.
    func repeatedFirstPackets(from client: Client) throws -> Int {
        let lines = try namespace(of: client).check(["cat", "/proc/net/netstat"]).split(separator: "\n")
        let rows = lines.filter { $0.hasPrefix("TcpExt:") }.map { $0.split(separator: " ") }
        guard rows.count == 2, let column = rows[0].firstIndex(of: "TCPSynRetrans"), let count = Int(rows[1][column])
        else { throw Disappointment(description: "/proc/net/netstat does not count TCPSynRetrans") }
        return count
    }

    /// Makes connections one after another, until it is told to end; a line each, `ok` or why not.
    func load(from client: Client = .pod, to host: String, _ port: Int) throws -> BackgroundProcess {
        try BackgroundProcess(["python3", Self.script, "load", host, "\(port)"], in: namespace(of: client))
    }

    /// Opens a connection, or a UDP socket, that stays open.
    func hold(
        from client: Client = .pod, over transport: String = "tcp", to host: String, _ port: Int
    ) throws -> BackgroundProcess {
        try BackgroundProcess(
            ["python3", Self.script, "hold", transport, host, "\(port)"], in: namespace(of: client))
    }
}
