/// The serial number of a zone, by which servers tell whether it is another one (RFC 1982).
package enum ZoneSerial {
    /// The number after this one: the seconds since 1970 if they are later, as CoreDNS has it, so that a zone whose file was
    /// lost does not get a number again either. Never 0, with which CoreDNS does not take up a zone.
    ///
    /// - Parameter last: The highest that was ever seen; nil if none was.
    package static func next(after last: UInt32?, secondsSince1970 seconds: Int) -> UInt32 {
        let now = UInt32(truncatingIfNeeded: seconds)
        let next = last.map { isLater(now, than: $0) ? now : $0 &+ 1 } ?? now
        return max(next, 1)
    }

    /// RFC 1982 section 3.2: half of the numbers are later than any one.
    package static func isLater(_ serial: UInt32, than other: UInt32) -> Bool {
        (1..<0x8000_0000).contains(serial &- other)
    }
}
