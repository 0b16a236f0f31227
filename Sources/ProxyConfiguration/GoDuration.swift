/// A duration as kube-proxy's flags and files take it: Go's `time.ParseDuration`. `0`, `500ms`, `1m30s`, `1.5h`, `-1s`.
package struct GoDuration: Hashable, Sendable, CustomStringConvertible {
    /// How long it is.
    package let duration: Duration

    package init(_ duration: Duration) {
        self.duration = duration
    }

    /// Parses a duration. As in Go it is one that fits 64 bits of nanoseconds.
    package init?(_ text: String) {
        let isNegative = text.hasPrefix("-")
        var rest = text.dropFirst(isNegative || text.hasPrefix("+") ? 1 : 0)
        guard !rest.isEmpty else { return nil }
        var seconds = 0.0
        if rest == "0" { rest = "" }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            let unit = rest.dropFirst(digits.count).prefix { $0.isLetter }
            guard let number = Double(digits), let factor = Self.units[String(unit)] else { return nil }
            seconds += number * factor
            rest = rest.dropFirst(digits.count + unit.count)
        }
        guard seconds.isFinite, seconds < 9_223_372_036.854775 else { return nil }
        self.init(.seconds(isNegative ? -seconds : seconds))
    }

    /// In seconds. Either letter is taken for the micro sign, as in Go.
    private static let units: [String: Double] = [
        "ns": 1e-9, "us": 1e-6, "\u{B5}s": 1e-6, "\u{3BC}s": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600,
    ]

    /// In seconds, as `30s`.
    package var description: String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = attoseconds / 1_000_000_000_000_000
        return milliseconds == 0 ? "\(seconds)s" : "\(seconds * 1000 + milliseconds)ms"
    }
}
