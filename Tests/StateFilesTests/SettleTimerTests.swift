import Testing

@testable import StateFiles

@Suite struct SettleTimerTests {
    private let start = SettleTimer.Instant.now

    @Test func waitsForQuiet() {
        var timer = SettleTimer(settle: .zero)
        #expect(timer.due == nil)
        timer.note(start)
        #expect(timer.due == start.advanced(by: .milliseconds(10)))
        timer.note(start.advanced(by: .milliseconds(8)))
        #expect(timer.due == start.advanced(by: .milliseconds(18)))
        timer.reset()
        #expect(timer.due == nil)
    }

    @Test func waitsNoLongerThanASecondUnlessToldTo() {
        var timer = SettleTimer(settle: .milliseconds(100))
        timer.note(start)
        timer.note(start.advanced(by: .milliseconds(950)))
        #expect(timer.due == start.advanced(by: .seconds(1)))
        var patient = SettleTimer(settle: .seconds(5))
        patient.note(start)
        patient.note(start.advanced(by: .milliseconds(950)))
        #expect(patient.due == start.advanced(by: .seconds(5)))
    }

    @Test func expiresAtOnce() throws {
        var timer = SettleTimer(settle: .seconds(5))
        timer.expire(start)
        #expect(try #require(timer.due) <= start)
    }
}
