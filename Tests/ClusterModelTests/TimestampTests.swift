import ClusterModel
import Testing

@Suite struct TimestampTests {
    /// `date -u -d TEXT +%s` says the same.
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0, 0), ("2024-01-23T10:37:47Z", 1_706_006_267, 0),
        ("2024-01-23T10:37:47+00:00", 1_706_006_267, 0), ("2024-01-23t10:37:47z", 1_706_006_267, 0),
        ("2024-01-23T10:37:47-00:00", 1_706_006_267, 0), ("2024-01-23T10:37:47.000Z", 1_706_006_267, 0),
        ("2024-01-23T16:07:47.5+05:30", 1_706_006_267, 500_000_000),
        ("2024-01-22T22:37:47.000001-12:00", 1_706_006_267, 1000),
        ("2024-01-23T10:37:47.123456789999Z", 1_706_006_267, 123_456_789),
        ("2000-02-29T23:59:59Z", 951_868_799, 0), ("2024-02-29T00:00:00Z", 1_709_164_800, 0),
        ("2016-12-31T23:59:60Z", 1_483_228_800, 0), ("1969-12-31T23:59:59Z", -1, 0),
        ("0001-01-01T00:00:00Z", -62_135_596_800, 0), ("0000-01-01T00:00:00Z", -62_167_219_200, 0),
        ("9999-12-31T23:59:59Z", 253_402_300_799, 0),
    ])
    func readsEverySpelling(text: String, seconds: Int64, nanoseconds: UInt32) throws {
        #expect(Timestamp(text) == Timestamp(seconds: seconds, nanoseconds: nanoseconds))
    }

    @Test(arguments: [
        "", "2024-01-23", "2024-01-23T10:37:47", "2024-01-23T10:37Z", "2024-01-23T10:37:47.Z", "2024-01-23T10:37:47+00",
        "2024-01-23T10:37:47+0000", "2024-01-23T10:37:47+24:00", "2024-01-23T10:37:47+00:60", "2024-00-23T10:37:47Z",
        "2024-13-23T10:37:47Z", "2024-01-00T10:37:47Z", "2024-04-31T10:37:47Z", "2023-02-29T10:37:47Z",
        "1900-02-29T10:37:47Z", "2024-01-23T24:00:00Z", "2024-01-23T10:60:47Z", "2024-01-23T10:37:61Z",
        "24-01-23T10:37:47Z", "2024-1-23T10:37:47Z", "2024-01-23T10:37:47Zx", "２024-01-23T10:37:47Z", "1706006267",
        " 2024-01-23T10:37:47Z", "+024-01-23T10:37:47Z",
    ])
    func refusesWhatIsNoTime(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func comparesMoments() throws {
        let ordered = try [
            "2026-02-01T01:59:59+02:00", "2026-01-31T23:59:59.25Z", "2026-01-31T23:59:59.3Z", "2026-02-01T00:00:00Z",
            "2026-01-31T23:00:01-01:00",
        ].map { try #require(Timestamp($0)) }
        #expect(ordered.sorted() == ordered)
        #expect(Timestamp("2026-01-01T00:00:00.10Z") == Timestamp("2026-01-01T01:00:00.1+01:00"))
    }

    @Test(arguments: ["null", "\"\"", "\"2024-01-23T10:37:47+00:00\"", "\"2024-01-23T10:37:47.000Z\""])
    func isTakenFromAnyClientLibrary(value: String) throws {
        let text = #"{"kind": "Pod", "metadata": {"name": "a", "creationTimestamp": \#(value)}}"#
        guard case .pod(let pod)? = try objects(text).first else { throw UnexpectedObject(text: text) }
        #expect((pod.metadata.creationTimestamp == nil) == (value == "null" || value == "\"\""))
    }

    @Test func isReportedIfItIsNone() throws {
        let text = #"{"kind": "Pod", "metadata": {"name": "a", "creationTimestamp": "yesterday"}}"#
        #expect(
            try problems(text) == [
                #"metadata.creationTimestamp: Invalid value: "yesterday": must be an RFC 3339 time, "#
                    + "(e.g. 2006-01-02T15:04:05Z)"
            ])
    }
}
