import Admission
import ClusterModel
import Testing

/// Goal: of a file it is said what the API server would refuse, and where it is.
/// Method: texts of several objects.
@Suite struct DocumentReviewTests {
    private func answers(_ texts: String...) throws -> [DocumentReview.Answer] {
        var review = DocumentReview(ServicePools())
        return try texts.flatMap { text in
            try Document.all(inJSON: Array(text.utf8)).flatMap { review.review($0, file: "f.json") }
        }
    }

    @Test func namesTheLineOfEachCause() throws {
        let answers = try answers(
            """
            {"kind": "List", "items": [
              {"kind": "Service", "metadata": {"name": "fine"}, "spec": {"ports": [{"port": 80}]}},
              {"kind": "Service", "metadata": {"name": "web"}, "spec": {
                 "clusterIP": "10.0.0.01",
                 "ports": [{"port": 80}]}},
              {"kind": "EndpointSlice", "metadata": {"name": "s"}, "addressType": "IPv4",
               "ports": [
                 {"name": "A"},
                 {"name": "A"}]}]}
            """)
        #expect(
            answers.flatMap(\.diagnostics).map { "\($0.position?.line ?? 0) \($0.object ?? "") \($0.path ?? "")" } == [
                "4 Service default/web spec.clusterIPs[0]",
                "8 EndpointSlice default/s ports[0].name", "9 EndpointSlice default/s ports[1].name",
                "9 EndpointSlice default/s ports[1].name",
            ])
        #expect(answers.compactMap(\.status?.code) == [422, 422])
        #expect(answers.compactMap(\.status?.details?.group) == ["", "discovery.k8s.io"])
    }

    @Test func holdsObjectsAgainstEachOther() throws {
        let service = { (name: String, spec: String) in
            #"{"kind": "Service", "metadata": {"name": "\#(name)"}, "spec": {"ports": [{"port": 80}], \#(spec)}}"#
        }
        let answers = try answers(
            service("a", #""clusterIP": "10.0.0.1""#) + service("a", #""clusterIP": "10.0.0.2""#),
            service("b", #""clusterIP": "10.0.0.1""#))
        #expect(
            answers.flatMap(\.diagnostics).map(\.message) == [
                #"Invalid value: ["10.0.0.2"]: may not change once set"#,
                #"Invalid value: ["10.0.0.1"]: failed to allocate IP 10.0.0.1: provided IP is already allocated"#,
            ], "the second a is a change of the first")
    }

    @Test func readsTypedListsAndEventsAndPassesOverTheRest() throws {
        let answers = try answers(
            #"{"kind": "ServiceList", "items": [{"metadata": {"name": "A"}, "spec": {"clusterIP": "None"}}]}"#,
            #"{"type": "ADDED", "object": {"kind": "Service", "metadata": {"name": "B"}, "spec": {"clusterIP": "None"}}}"#,
            #"{"type": "DELETED", "object": {"kind": "Service", "metadata": {"name": "C"}}}"#,
            #"{"kind": "Pod", "metadata": {"name": "D"}}"#,
            #"{"kind": "Service", "apiVersion": "serving.knative.dev/v1", "metadata": {"name": "E"}}"#)
        #expect(answers.compactMap(\.status?.details?.name) == ["A", "B"])
    }

    @Test func refusesWhatIsNoObject() throws {
        let answers = try answers(
            "[]", "{}", #"{"kind": "List", "items": [5]}"#, #"{"kind": "service", "metadata": {"name": "a"}}"#,
            #"{"kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1beta1", "metadata": {"name": "a"}}"#)
        #expect(answers.compactMap(\.status?.code) == [400, 400, 400, 400, 400])
        #expect(answers.flatMap(\.diagnostics).map(\.message)[1] == "Object 'Kind' is missing")
    }

    @Test func warnsOfWhatIsTaken() throws {
        let answers = try answers(
            """
            {"kind": "Service", "metadata": {"name": "a"}, "spec": {"type": "LoadBalancer", "ports": [{"port": 80}], "colour": 1},
             "status": {"loadBalancer": {"ingress": [{"ip": "x"}]}}}
            """)
        #expect(answers.compactMap(\.status) == [])
        #expect(
            answers.flatMap(\.diagnostics).map { "\($0.severity) \($0.message)" } == [
                #"warning unknown field "spec.colour""#,
                #"warning status.loadBalancer.ingress[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or "#
                    + "2001:db8::ffff)",
            ])
    }

    @Test func writesAListOfStatuses() throws {
        let statuses = try answers(
            #"{"kind": "Service", "metadata": {"name": "a\"\u0001"}, "spec": {"clusterIP": "None"}}"#
        )
        .compactMap(\.status)
        let text = Status.list(statuses)
        let names = try Document(json: Array(text.utf8)).withRoot { root in
            root["items"]?.elements.map { $0["details"]?["name"]?.string }
        }
        #expect(names == ["a\"\u{1}"])
        #expect(try Document(json: Array(Status.list([]).utf8)).withRoot { $0["items"]?.elements.isEmpty } == true)
    }
}
