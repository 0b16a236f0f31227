import NetworkValues

extension IPFamily {
    /// The addresses that never leave the host: `127.0.0.0/8` (RFC 1122) or `::1/128` (RFC 4291).
    var loopback: IPPrefix {
        let prefix =
            self == .ipv4
            ? IPPrefix(IPAddress(ipv4: 0x7f00_0000), length: 8) : IPPrefix(IPAddress(ipv6High: 0, low: 1), length: 128)
        guard let prefix else { preconditionFailure("8 and 128 are lengths of prefixes") }
        return prefix
    }
}
