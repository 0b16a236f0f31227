import ClusterModel
import SystemPackage

/// The kernel's switches, as files below /proc/sys (the kernel's Documentation/networking/ip-sysctl.rst and
/// nf_conntrack-sysctl.rst).
enum Sysctl {
    static let tcpBeLiberal = FilePath("/proc/sys/net/netfilter/nf_conntrack_tcp_be_liberal")
    static let routeLocalnet = FilePath("/proc/sys/net/ipv4/conf/all/route_localnet")

    /// Whether connection tracking lets TCP packets outside the window pass. A switch that cannot be read is off.
    static var isTCPLiberal: Bool {
        do {
            return try isOn(tcpBeLiberal)
        } catch {
            return false
        }
    }

    /// Switches it on, if it is not.
    ///
    /// - Returns: a warning if that is not possible, which says what is not as asked for.
    static func enable(_ path: FilePath, or consequence: String) -> [Diagnostic] {
        do {
            if try isOn(path) { return [] }
            let file = try FileDescriptor.open(path, .writeOnly)
            _ = try file.closeAfter { try file.writeAll("1\n".utf8) }
            return []
        } catch {
            return [Diagnostic(.warning, "\(consequence), since \(path) cannot be set: \(error)")]
        }
    }

    private static func isOn(_ path: FilePath) throws -> Bool {
        let file = try FileDescriptor.open(path, .readOnly)
        return try file.closeAfter {
            var value: UInt8 = 0
            _ = try withUnsafeMutableBytes(of: &value) { try file.read(into: $0) }
            return value != UInt8(ascii: "0")
        }
    }
}
