import ArgumentParser

/// A duration as kube-proxy's flags take it: Go's `time.ParseDuration`, without a sign. `0`, `500ms`, `1m30s`, `1.5h`.
struct GoDuration: ExpressibleByArgument, CustomStringConvertible {
    let duration: Duration

    /// A duration.
    init(_ duration: Duration) {
        self.duration = duration
    }

    /// Parses a duration.
    init?(argument: String) {
        if argument == "0" {
            self.init(.zero)
            return
        }
        let units: [String: Double] = ["ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600]
        var rest = argument[...]
        var seconds = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            let unit = rest.dropFirst(digits.count).prefix { $0.isLetter }
            guard let number = Double(digits), let factor = units[String(unit)] else { return nil }
            seconds += number * factor
            rest = rest.dropFirst(digits.count + unit.count)
        }
        guard !argument.isEmpty, seconds.isFinite, seconds < 1e9 else { return nil }
        self.init(.seconds(seconds))
    }

    /// In seconds, as `30s`.
    var description: String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = attoseconds / 1_000_000_000_000_000
        return milliseconds == 0 ? "\(seconds)s" : "\(seconds * 1000 + milliseconds)ms"
    }
}
