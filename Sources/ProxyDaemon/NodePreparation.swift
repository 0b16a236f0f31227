package import ClusterModel
import Glibc
import IPTables
import NetfilterKernel
import NetworkValues
import NFTables
package import ProxyConfiguration
import ProxyPlanning
import RuleCompilers

/// The node's iptables are not those that Switchyard commits to.
package struct LegacyRules: Error, CustomStringConvertible {
    /// Those with the rules of a proxy in them.
    let tables: [String]

    /// What to do instead.
    package var description: String {
        "this node has the rules of a proxy in \(tables.joined(separator: ", ")) of iptables-legacy, which are not "
            + "reached by netlink. Load the text instead: switchyard render --format iptables ... | "
            + "iptables-legacy-restore --noflush, after the commands that its first line names, and the same with ip6tables"
    }
}

extension MachineFacts {
    /// How this machine is, or this network namespace. What cannot be found out counts as not so.
    ///
    /// - Parameter mode: The kind of rules; what the others alone need is not asked for.
    package static func ofThisMachine(for mode: ProxyMode) -> MachineFacts {
        MachineFacts(
            hostName: hostName(), families: Sysctl.families, isTCPLiberal: isTCPLiberal(),
            offersAccounting: mode == .iptables && offersAccounting())
    }

    private static func hostName() -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func isTCPLiberal() -> Bool {
        do throws(KernelFailure) {
            return try Sysctl.tcpBeLiberal.isOn()
        } catch {
            return false
        }
    }

    private static func offersAccounting() -> Bool {
        do {
            return try NetfilterSocket().offersAccounting()
        } catch {
            return false
        }
    }
}

/// Makes the node ready for the rules of a configuration, and takes back from it what the node cannot be made ready for.
///
/// - Returns: what does not keep the rules from being committed.
/// - Throws: ``LegacyRules``, or what the kernel said.
package func prepareNode(_ configuration: inout Configuration) throws -> [Diagnostic] {
    var problems = try checkLegacyRules(configuration.mode) + checkKubeProxyTables()
    if !configuration.proxy.families.contains(.ipv6) {
        problems.append(Diagnostic(.warning, "IPv6 is switched off on this machine: it gets no rules"))
    }
    if configuration.setsTCPLiberal {
        problems += enable(Sysctl.tcpBeLiberal, or: "TCP packets outside the window are not let pass")
    }
    if configuration.rules.usesAccounting {
        do {
            try NetfilterSocket().ensureAccountingObjects(IPTablesNames.accountingObjects)
        } catch {
            configuration.rules.usesAccounting = false
            problems.append(Diagnostic(.warning, "rules do not count packets: \(error)"))
        }
    }
    // Without it the kernel takes a packet from 127.0.0.1 that is translated to another host for a martian; KUBE-FIREWALL
    // keeps others from sending such packets.
    let view = NodeView(configuration.proxy, node: nil, machineAddresses: [.loopback(.ipv4)])
    if configuration.mode == .iptables, configuration.rules.servesLocalhostNodePorts(view) {
        problems += enable(Sysctl.routeLocalnet, or: "node ports are not served at 127.0.0.1")
    }
    return problems
}

/// Switches it on, if it is not.
///
/// - Returns: a warning if that is not possible, which says what is not as asked for.
private func enable(_ sysctl: Sysctl, or consequence: String) -> [Diagnostic] {
    do throws(KernelFailure) {
        if try !sysctl.isOn() { try sysctl.set(true) }
        return []
    } catch {
        return [Diagnostic(.warning, "\(consequence): \(error)")]
    }
}

/// Looks for a daemon, which will undo what is done to the rules beside it.
package func checkForDaemon() -> [Diagnostic] {
    do {
        guard let holder = try InstanceLock.holder() else { return [] }
        return [Diagnostic(.warning, "\(holder) keeps the rules here in step with its own state, and will undo this")]
    } catch {
        return [Diagnostic(.warning, "cannot tell whether a switchyard keeps the rules here: \(error)")]
    }
}

/// Looks for the tables of kube-proxy's own nftables mode, which are not ours to delete.
private func checkKubeProxyTables() throws -> [Diagnostic] {
    let socket = try NetfilterSocket()
    return try IPFamily.allCases.map { TableID($0, "kube-proxy") }.filter { try socket.hasTable($0) }.map {
        Diagnostic(
            .warning,
            "table \($0) has the rules of kube-proxy, which work beside these; remove them by kube-proxy --cleanup")
    }
}

/// Looks for rules of ours or kube-proxy's in the tables of iptables-legacy.
///
/// - Returns: in nftables mode, a warning for each table, since such rules go on working beside ours; and one if that cannot
///   be found out, which takes more privileges than a commit does.
/// - Throws: ``LegacyRules`` in iptables mode, in which the text has to be piped.
private func checkLegacyRules(_ mode: ProxyMode) throws -> [Diagnostic] {
    let tables: [String]
    do throws(KernelFailure) {
        tables = try LegacyTables.tables(withChain: "KUBE-SERVICES").map(\.description)
    } catch {
        return [Diagnostic(.warning, "cannot tell whether iptables-legacy has the rules of a proxy: \(error)")]
    }
    if tables.isEmpty { return [] }
    if mode == .iptables { throw LegacyRules(tables: tables) }
    return tables.map {
        Diagnostic(.warning, "\($0) of iptables-legacy has the rules of a proxy, which work beside these; remove them")
    }
}
