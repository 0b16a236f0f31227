import ClusterModel
import IPTables
import NetfilterKernel
import ProxyDaemon
import ProxyPlanning
import SystemPackage

/// The node's iptables are not those that Switchyard commits to.
struct LegacyRules: Error, CustomStringConvertible {
    let tables: [String]

    var description: String {
        "this node has the rules of a proxy in \(tables.joined(separator: ", ")) of iptables-legacy, which are not "
            + "reached by netlink. Load the text instead: switchyard render --format iptables ... | "
            + "iptables-legacy-restore --noflush, and the same with ip6tables"
    }
}

/// Makes the node ready for the rules of a mode.
///
/// - Returns: what does not keep the rules from being committed.
/// - Throws: ``LegacyRules``, or what the kernel said.
func prepareNode(_ mode: ProxyMode, _ settings: ProxySettings) throws -> [Diagnostic] {
    try checkLegacyRules(mode) + (mode == .iptables && settings.localhostNodePorts ? routeLocalhost() : [])
}

/// Looks for rules of ours or kube-proxy's in the tables of iptables-legacy.
///
/// - Returns: in nftables mode, a warning for each table, since such rules go on working beside ours.
/// - Throws: ``LegacyRules`` in iptables mode, in which the text has to be piped.
private func checkLegacyRules(_ mode: ProxyMode) throws -> [Diagnostic] {
    let tables = try LegacyTables.tables(withChain: "KUBE-SERVICES").map(\.description)
    if tables.isEmpty { return [] }
    if mode == .iptables { throw LegacyRules(tables: tables) }
    return tables.map {
        Diagnostic(.warning, "\($0) of iptables-legacy has the rules of a proxy, which work beside these; remove them")
    }
}

/// Without this sysctl the kernel takes a packet from 127.0.0.1 that is translated to another host for a martian (ip-sysctl,
/// `route_localnet`); KUBE-FIREWALL keeps others from sending such packets.
private func routeLocalhost() -> [Diagnostic] {
    let path = FilePath("/proc/sys/net/ipv4/conf/all/route_localnet")
    do {
        let file = try FileDescriptor.open(path, .readWrite)
        return try file.closeAfter {
            var value: UInt8 = 0
            _ = try withUnsafeMutableBytes(of: &value) { try file.read(into: $0) }
            if value != UInt8(ascii: "1") { try file.writeAll(toAbsoluteOffset: 0, "1\n".utf8) }
            return []
        }
    } catch {
        return [Diagnostic(.warning, "node ports are not served at 127.0.0.1, since \(path) cannot be set: \(error)")]
    }
}
