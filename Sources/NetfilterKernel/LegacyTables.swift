import Glibc
package import IPTables
import NetworkValues

/// The tables of `iptables-legacy`, which live in the kernel beside nf_tables and are not reached by netlink.
package enum LegacyTables {
    /// The tables of the calling thread's network namespace that have a chain of this name.
    ///
    /// - Throws: ``KernelFailure``, such as `EPERM` without privilege.
    package static func tables(withChain chain: String) throws(KernelFailure) -> [XTTableID] {
        var found: [XTTableID] = []
        for family in IPFamily.allCases {
            for name in try names(family) {
                guard let table = XTTableID.Name(rawValue: name) else { continue }
                if try contains(chain, in: name, family) { found.append(XTTableID(family, table)) }
            }
        }
        return found
    }

    /// The tables that have been made; none where the kernel has no such module.
    private static func names(_ family: IPFamily) throws(KernelFailure) -> [String] {
        let path = "/proc/thread-self/net/\(family.nftKeyword)_tables_names"
        guard let file = fopen(path, "r") else {
            if errno == ENOENT { return [] }
            throw KernelFailure("open \(path)", Errno(errno))
        }
        defer { fclose(file) }
        var names: [String] = []
        var line = [CChar](repeating: 0, count: 64)
        while fgets(&line, Int32(line.count), file) != nil {
            let bytes = line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }
            names.append(String(decoding: bytes, as: UTF8.self))
        }
        return names
    }

    /// A chain is an entry with the target `ERROR`, whose data are the chain's name (`struct xt_error_target`).
    private static func contains(
        _ chain: String, in table: String, _ family: IPFamily
    ) throws(KernelFailure) -> Bool {
        let socket = Glibc.socket(
            family == .ipv4 ? AF_INET : AF_INET6, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue),
            Int32(IPPROTO_RAW))
        guard socket >= 0 else { throw KernelFailure("open a raw socket", Errno(errno)) }
        defer { close(socket) }
        let level = Int32(family == .ipv4 ? IPPROTO_IP : IPPROTO_IPV6)
        let info = try option(getInfo, level, of: socket, table, byteCount: infoBytes)
        let entriesSize = info.withUnsafeBytes { $0.load(fromByteOffset: infoBytes - 4, as: UInt32.self) }
        var request = [UInt8](repeating: 0, count: entriesHeaderBytes + Int(entriesSize))
        request.withUnsafeMutableBytes { $0.storeBytes(of: entriesSize, toByteOffset: 32, as: UInt32.self) }
        let entries = try option(getEntries, level, of: socket, table, request: request)
        let pattern = Array("ERROR".utf8) + [UInt8](repeating: 0, count: 25) + Array(chain.utf8) + [0]
        return entries.withUnsafeBytes { bytes in
            bytes.indices.dropLast(pattern.count - 1).contains { start in
                bytes[start] == pattern[0] && bytes[start..<start + pattern.count].elementsEqual(pattern)
            }
        }
    }

    private static func option(
        _ name: Int32, _ level: Int32, of socket: Int32, _ table: String, byteCount: Int = 0, request: [UInt8] = []
    ) throws(KernelFailure) -> [UInt8] {
        var value = request.isEmpty ? [UInt8](repeating: 0, count: byteCount) : request
        value.replaceSubrange(0..<table.utf8.count, with: table.utf8)
        var length = socklen_t(value.count)
        guard getsockopt(socket, level, name, &value, &length) == 0 else {
            throw KernelFailure("read the legacy table \(table)", Errno(errno))
        }
        return value
    }
}

/// `IPT_SO_GET_INFO` and `IP6T_SO_GET_INFO` of linux/netfilter_ipv4/ip_tables.h.
private let getInfo: Int32 = 64
/// `IPT_SO_GET_ENTRIES` and `IP6T_SO_GET_ENTRIES`.
private let getEntries: Int32 = 65
/// `sizeof(struct ipt_getinfo)`: the name, 12 numbers, and at the end the bytes of all entries.
private let infoBytes = 84
/// The bytes of `struct ipt_get_entries` before the entries: the name, their size, and padding.
private let entriesHeaderBytes = 40
