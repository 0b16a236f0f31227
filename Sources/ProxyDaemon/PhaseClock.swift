/// Measures one phase after the other.
struct PhaseClock {
    private let clock = ContinuousClock()
    private var last: ContinuousClock.Instant

    init() { last = clock.now }

    /// - Returns: the microseconds since the last call, or since the start.
    mutating func lap() -> Int {
        let now = clock.now
        defer { last = now }
        return microseconds(from: last, to: now)
    }
}

/// Whole microseconds between two moments.
func microseconds(from start: ContinuousClock.Instant, to end: ContinuousClock.Instant) -> Int {
    let (seconds, attoseconds) = start.duration(to: end).components
    return Int(seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000)
}
