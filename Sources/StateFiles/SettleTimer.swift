/// Says when a row of events is over, so that it can be taken for one.
struct SettleTimer: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// How long there must be no event.
    var quiet: Duration
    /// How long to wait at most after the first event.
    var longest: Duration
    private var first: Instant?
    private var last: Instant?

    init(quiet: Duration, longest: Duration) {
        self.quiet = quiet
        self.longest = longest
    }

    /// The times for changes in a running state, where `settle` is asked for: a storm of events is one, but nobody who
    /// writes without a pause keeps the state from being read.
    init(settle: Duration) {
        self.init(quiet: max(settle, .milliseconds(10)), longest: max(settle, .seconds(1)))
    }

    /// When the row of events is over, if there is no further one; nil if there was none.
    var due: Instant? {
        guard let first, let last else { return nil }
        return min(last.advanced(by: quiet), first.advanced(by: longest))
    }

    /// There was an event.
    mutating func note(_ now: Instant) {
        first = first ?? now
        last = now
    }

    /// The row of events is over.
    mutating func reset() {
        first = nil
        last = nil
    }

    /// The row of events is over at once.
    mutating func expire(_ now: Instant) {
        first = now.advanced(by: .zero - longest)
        last = first
    }
}
