import ClusterModel
import NetworkValues
import Testing

/// Goal: what is found wrong can be told as the API server tells it.
/// Method: single problems; recorded answers of the server are in AdmissionTests.
@Suite struct StatusCauseTests {
    @Test func saysHowManyThereAre() {
        let path = FieldPath([.key("endpoints"), .index(0), .key("addresses")])
        let problem = FieldProblem(
            path: path, reason: .tooMany, badValue: .number(101), detail: "must have at most 100 items")
        #expect(
            problem.cause
                == StatusCause(
                    reason: "FieldValueTooMany", message: "Too many: 101: must have at most 100 items",
                    field: "endpoints[0].addresses"))
    }

    @Test func hasNoneWhereNothingIsDecoded() throws {
        let text = #"{"kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": [{"port": "80"}]}}"#
        let problem = try #require(try decode(text).diagnostics.first?.problem)
        #expect(problem.reason == .typeInvalid && problem.cause == nil)
        #expect(problem.path.steps == [.key("spec"), .key("ports"), .index(0), .key("port")])
        #expect(problem.badValue == .written(#""80""#) && problem.detail == "a whole number")
    }

    @Test func keepsOnlyTheBeginningOfWhatHasNoEnd() throws {
        let long = String(repeating: "x", count: 1 << 20)
        let document = try decode(#"{"kind": "Pod", "metadata": {"name": "\#(long)", "labels": {"\#(long)": 5}}}"#)
        #expect(document.diagnostics.count == 2)
        for diagnostic in document.diagnostics {
            let size = diagnostic.problem.map { "\($0)".utf8.count }
            #expect(size.map { $0 < 10_000 } == true, "\(diagnostic)")
        }
    }

    @Test func addsWhatFollows() {
        var diagnostic = Diagnostic(.error, file: "f", .field(.required("a name").at(.key("metadata"), .key("name"))))
        #expect(diagnostic.description == "f: metadata.name: Required value: a name")
        diagnostic.consequence = "; nothing else is touched"
        #expect(diagnostic.description == "f: metadata.name: Required value: a name; nothing else is touched")
        #expect(diagnostic.problem != nil)
    }
}
