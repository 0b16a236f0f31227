import Glibc
package import NetworkValues

/// One of the kernel's switches, a file below /proc/sys/net (the kernel's Documentation/networking/ip-sysctl.rst and
/// nf_conntrack-sysctl.rst), in the network namespace of the thread in which the value is made.
package final class Sysctl: CustomStringConvertible {
    /// The path of the file.
    package let description: String

    private let directory: Int32
    private let name: String

    /// Whether connection tracking lets TCP packets outside the window pass.
    package static var tcpBeLiberal: Sysctl { Sysctl("/proc/sys/net/netfilter", "nf_conntrack_tcp_be_liberal") }

    /// Whether the kernel routes packets from and to 127.0.0.0/8 beyond this host.
    package static var routeLocalnet: Sysctl { Sysctl("/proc/sys/net/ipv4/conf/all", "route_localnet") }

    private static var disableIPv6: Sysctl { Sysctl("/proc/sys/net/ipv6/conf/all", "disable_ipv6") }

    /// The address families that are not switched off. Without IPv6 the kernel has no /proc/net/if_inet6.
    package static var families: Set<IPFamily> {
        guard access("/proc/thread-self/net/if_inet6", F_OK) == 0 else { return [.ipv4] }
        do throws(KernelFailure) {
            return try disableIPv6.isOn() ? [.ipv4] : [.ipv4, .ipv6]
        } catch {
            return [.ipv4, .ipv6]
        }
    }

    /// What is below an open directory is of the namespace in which that was opened.
    private init(_ directory: String, _ name: String) {
        description = "\(directory)/\(name)"
        self.name = name
        self.directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }

    deinit {
        if directory >= 0 { close(directory) }
    }

    /// Whether it is on.
    ///
    /// - Throws: what the operating system said.
    package func isOn() throws(KernelFailure) -> Bool {
        try withFile(O_RDONLY, "read \(self)") { file in
            var value: UInt8 = 0
            return read(file, &value, 1) < 0 ? nil : value != UInt8(ascii: "0")
        }
    }

    /// Switches it on or off.
    ///
    /// - Throws: what the operating system said.
    package func set(_ isOn: Bool) throws(KernelFailure) {
        _ = try withFile(O_WRONLY, "set \(self) to \(isOn ? 1 : 0)") { file in
            let text: [UInt8] = [UInt8(ascii: isOn ? "1" : "0"), UInt8(ascii: "\n")]
            return write(file, text, text.count) < 0 ? nil : true
        }
    }

    private func withFile(
        _ flags: Int32, _ what: @autoclosure () -> String, _ body: (Int32) -> Bool?
    ) throws(KernelFailure) -> Bool {
        let file = openat(directory, name, flags | O_CLOEXEC)
        guard file >= 0 else { throw KernelFailure(what(), Errno(errno)) }
        defer { close(file) }
        guard let result = body(file) else { throw KernelFailure(what(), Errno(errno)) }
        return result
    }
}

extension NetfilterSocket {
    /// Keeps neighbours from 127.0.0.0/8 of this host again, as they are unless the kernel was told to route such packets:
    /// that is safe only with a rule that drops them.
    ///
    /// - Throws: what the operating system said.
    package func stopRoutingLocalhost() throws(KernelFailure) {
        if try routeLocalnet.isOn() { try routeLocalnet.set(false) }
    }
}
