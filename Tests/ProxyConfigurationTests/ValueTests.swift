import ProxyConfiguration
import Testing

@Suite struct ValueTests {
    @Test(arguments: [
        ("0", Duration.zero), ("500ms", .milliseconds(500)), ("1m30s", .seconds(90)), ("1.5h", .seconds(5400)),
        ("10us", .microseconds(10)), ("10\u{B5}s", .microseconds(10)), ("10\u{3BC}s", .microseconds(10)),
        ("-1s", .seconds(-1)), ("+1s", .seconds(1)), ("-0", .zero), (".5s", .milliseconds(500)),
        ("2562047h", .seconds(9_223_369_200)),
    ])
    func readsGoDurations(text: String, duration: Duration) {
        #expect(GoDuration(text)?.duration == duration)
    }

    @Test(arguments: ["", "5", "s", "-", "--1s", "1x", "1s1", "1..5s", "١s", "2562048h", "00"])
    func refusesWhatIsNoGoDuration(text: String) {
        #expect(GoDuration(text) == nil)
    }

    @Test(arguments: ["10.0.0.0/8,10.1.0.0/16", "10.0.0.0", "10.0.0.0/8,", " "])
    func takesOneClusterCIDRPerFamily(text: String) {
        #expect(FamilyBlocks(text) == nil)
    }

    @Test(arguments: ["2-1", "0-5", "1-65536", "1-", "a-b", "60000+6000", ""])
    func refusesWhatIsNoRangeOfPorts(text: String) {
        #expect(PortRange(text) == nil)
    }
}
