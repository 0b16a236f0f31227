/// A moment, whichever way it is written. The corresponding API type is `metav1.Time`.
package struct Timestamp: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// Seconds since 1970-01-01T00:00:00Z; less than 0 before.
    package let seconds: Int64

    /// The rest, 0...999999999.
    package let nanoseconds: UInt32

    /// The moment of this many seconds since 1970.
    package init(seconds: Int64, nanoseconds: UInt32 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// Parses a `date-time` of RFC 3339, section 5.6: with any fraction, of which nine digits count, and any offset; `T` and
    /// `Z` in either case. A leap second is the first of the next minute.
    package init?(_ text: some StringProtocol) {
        var scanner = TimestampScanner(Array(text.utf8))
        guard let seconds = scanner.dateAndTime(), let nanoseconds = scanner.fraction(),
            let offset = scanner.offset(), scanner.isAtEnd
        else { return nil }
        self.init(seconds: seconds - offset, nanoseconds: nanoseconds)
    }

    /// The earlier one first.
    package static func < (lhs: Self, rhs: Self) -> Bool {
        lhs.seconds != rhs.seconds ? lhs.seconds < rhs.seconds : lhs.nanoseconds < rhs.nanoseconds
    }
}

private struct TimestampScanner {
    private let bytes: [UInt8]
    private var at = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { at == bytes.count }

    /// `2006-01-02T15:04:05`, in seconds since 1970.
    mutating func dateAndTime() -> Int64? {
        guard let year = number(digits: 4, 0...9999), skip("-"), let month = number(digits: 2, 1...12), skip("-"),
            let day = number(digits: 2, 1...Self.days(inMonth: month, of: year)), skip("T") || skip("t"),
            let hour = number(digits: 2, 0...23), skip(":"), let minute = number(digits: 2, 0...59), skip(":"),
            let second = number(digits: 2, 0...60)
        else { return nil }
        return ((Self.days(to: year, month, day) * 24 + hour) * 60 + minute) * 60 + second
    }

    /// `.123` in nanoseconds, 0 if there is none.
    mutating func fraction() -> UInt32? {
        guard skip(".") else { return 0 }
        let start = at
        var nanoseconds: UInt32 = 0
        while let digit = digit() {
            if at - start <= 9 { nanoseconds = nanoseconds * 10 + UInt32(digit) }
        }
        guard at > start else { return nil }
        return (at - start..<max(9, at - start)).reduce(nanoseconds) { value, _ in value * 10 }
    }

    /// `Z` or `+01:00`, in seconds.
    mutating func offset() -> Int64? {
        if skip("Z") || skip("z") { return 0 }
        let isWest = skip("-")
        guard isWest || skip("+"), let hours = number(digits: 2, 0...23), skip(":"),
            let minutes = number(digits: 2, 0...59)
        else { return nil }
        let seconds = (hours * 60 + minutes) * 60
        return isWest ? -seconds : seconds
    }

    private mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard at < bytes.count, bytes[at] == UInt8(ascii: character) else { return false }
        at += 1
        return true
    }

    private mutating func digit() -> Int64? {
        guard at < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[at]) else { return nil }
        at += 1
        return Int64(bytes[at - 1] - UInt8(ascii: "0"))
    }

    private mutating func number(digits: Int, _ range: ClosedRange<Int64>) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return range.contains(value) ? value : nil
    }

    private static func isLeap(_ year: Int64) -> Bool {
        year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    }

    private static func days(inMonth month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01 in the Gregorian calendar.
    private static func days(to year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        // Years that begin in March have their leap day at the end, and five months with 153 days again and again.
        let shiftedYear = month > 2 ? year : year - 1
        let shiftedMonth = (month + 9) % 12
        let leapDays =
            floored(shiftedYear, by: 4) - floored(shiftedYear, by: 100) + floored(shiftedYear, by: 400)
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + day - 1
        let daysTo1970 = Int64(719_468)
        return shiftedYear * 365 + leapDays + dayOfYear - daysTo1970
    }

    private static func floored(_ value: Int64, by divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : (value - divisor + 1) / divisor
    }
}
