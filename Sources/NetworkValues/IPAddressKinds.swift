extension IPAddress {
    /// 0.0.0.0 or ::.
    package var isUnspecified: Bool { high == 0 && low == 0 }

    /// 255.255.255.255 (RFC 919): everybody on the link.
    package var isBroadcast: Bool { family == .ipv4 && low == 0xffff_ffff }

    /// 127.0.0.1 or ::1.
    package static func loopback(_ family: IPFamily) -> IPAddress {
        family == .ipv4 ? IPAddress(ipv4: 0x7f00_0001) : IPAddress(ipv6High: 0, low: 1)
    }

    /// 0.0.0.0 or ::, which to a socket means all addresses of the family.
    package static func unspecified(_ family: IPFamily) -> IPAddress {
        family == .ipv4 ? IPAddress(ipv4: 0) : IPAddress(ipv6High: 0, low: 0)
    }

    /// 127.0.0.0/8 (RFC 1122) or ::1 (RFC 4291).
    package var isLoopback: Bool { family == .ipv4 ? low >> 24 == 127 : high == 0 && low == 1 }

    /// 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291).
    package var isLinkLocal: Bool { family == .ipv4 ? low >> 16 == 0xa9fe : high >> 54 == 0xfe80 >> 6 }

    /// 224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291).
    package var isMulticast: Bool { family == .ipv4 ? low >> 28 == 0xe : high >> 56 == 0xff }

    /// 224.0.0.0/24, or an IPv6 address of the scope 2, whatever its flags (RFC 4291): multicast that never leaves the link.
    package var isLinkLocalMulticast: Bool { family == .ipv4 ? low >> 8 == 0xe00000 : high >> 48 & 0xff0f == 0xff02 }
}
