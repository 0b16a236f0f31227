import Admission
import ClusterModel
import NetworkValues
import Testing

/// Goal: what no recorded answer shows holds too.
/// Method: objects sent one after another.
@Suite struct AdmissionTests {
    private func service(_ name: String, _ spec: String, metadata: String = "") -> String {
        #"{"kind": "Service", "apiVersion": "v1", "metadata": {"name": "\#(name)"\#(metadata)}, "spec": {\#(spec)}}"#
    }

    private func send(_ text: String, _ kind: ObjectKind = .service, to admission: inout Admission) throws -> Review {
        try Document(json: Array(text.utf8)).withRoot { admission.review($0, kind) }
    }

    private func status(of review: Review) -> Status? {
        guard case .failure(let status) = review.result else { return nil }
        return status
    }

    @Test func takesAnyAddressAndPortWhereNoRangesAreKnown() throws {
        var admission = Admission()
        let spec = #""type": "NodePort", "clusterIP": "192.0.2.1", "ports": [{"port": 80, "nodePort": 1}]"#
        #expect(status(of: try send(service("a", spec), to: &admission)) == nil)
        let again = status(of: try send(service("b", spec), to: &admission))
        #expect(again?.problems.map(\.path.description) == ["spec.clusterIPs"], "somebody has it")
        #expect(status(of: try send(service("a", spec), to: &admission)) == nil, "it is its own")
    }

    @Test func givesBackWhatAServiceNoLongerHas() throws {
        var admission = Admission()
        let port = #""ports": [{"port": 80, "nodePort": 30001}]"#
        let old = #""type": "LoadBalancer", "clusterIP": "10.0.0.1", "externalTrafficPolicy": "Local", "#
        _ = try send(service("a", old + #""healthCheckNodePort": 30002, "# + port), to: &admission)
        let name = #""type": "ExternalName", "externalName": "example.org""#
        #expect(status(of: try send(service("a", name), to: &admission)) == nil)
        let other = old + #""healthCheckNodePort": 30002, "# + port
        #expect(status(of: try send(service("b", other), to: &admission)) == nil)
    }

    @Test func takesNothingForAServiceThatIsRefused() throws {
        var admission = Admission()
        let spec = #""clusterIP": "10.0.0.1", "ports": [{"port": 80}]"#
        #expect(status(of: try send(service("Bad_", spec), to: &admission))?.code == 422)
        #expect(status(of: try send(service("good", spec), to: &admission)) == nil)
    }

    @Test func keepsTheFirstAddressForTheServiceOfTheAPIServer() throws {
        for name in ["web", "kubernetes"] {
            let block = try #require(IPPrefix("10.96.0.0/16"))
            var admission = Admission(ServicePools(clusterIPRanges: [block]))
            let spec = #""clusterIP": "10.96.0.1", "ports": [{"port": 443}]"#
            let refusal = status(of: try send(service(name, spec), to: &admission))
            #expect((refusal == nil) == (name == "kubernetes"))
            if let refusal { #expect(refusal.message.contains("provided IP is already allocated")) }
        }
    }

    @Test func saysWhenAllNodePortsAreTaken() throws {
        var admission = Admission(ServicePools(nodePortRange: 30000...30000))
        let port = #""type": "NodePort", "ports": [{"port": 80, "nodePort": 30000}]"#
        _ = try send(service("a", port), to: &admission)
        let full = status(of: try send(service("b", #""type": "NodePort", "ports": [{"port": 80}]"#), to: &admission))
        #expect(full?.code == 500 && full?.reason == .internalError)
        #expect(full?.message == "Internal error occurred: failed to allocate a nodePort: range is full")
        #expect(full?.json.contains(#""details":{"causes":[{"message":"failed to"#) == true)
    }

    @Test func saysWhichNodePortOfAChangeComesTwice() throws {
        var admission = Admission()
        let ports = { (name: String) in #"{"name": "\#(name)", "port": 80, "nodePort": 30001}"# }
        let old = #""type": "NodePort", "ports": [\#(ports("a"))]"#
        _ = try send(service("a", old), to: &admission)
        let new = #""type": "NodePort", "ports": [\#(ports("a")), \#(ports("b"))]"#
        let status = status(of: try send(service("a", new), to: &admission))
        #expect(status?.message == "duplicate nodePort: {TCP 30001}" && status?.code == 500)
        #expect(status?.json.contains("reason") == false)
    }

    @Test func tellsAWrongMetadataOfAChangeEachTimeItIsLookedAt() throws {
        var admission = Admission()
        let spec = #""clusterIP": "10.0.0.1", "ports": [{"port": 80}]"#
        _ = try send(service("a", spec), to: &admission)
        let labels = service("a", spec, metadata: #", "labels": {"a": "-"}"#)
        let status = status(of: try send(labels, to: &admission))
        #expect(status?.problems.map(\.path.description) == Array(repeating: "metadata.labels", count: 3))
        let sentence = try #require(status?.message.components(of: "metadata.labels:"))
        #expect(sentence == 1, "the sentence has it once")
    }

    @Test func limitsWhatIsSaidOfOneObject() throws {
        var admission = Admission()
        let ports = Array(repeating: #"{"port": 0}"#, count: 600).joined(separator: ",")
        let status = try #require(status(of: try send(service("a", #""ports": [\#(ports)]"#), to: &admission)))
        #expect(status.problems.count == 1000)
        #expect(status.details?.causes.last?.message == "and 1399 more problems")
        let fields = (0..<200).map { #""x\#($0)": 1"# }.joined(separator: ",")
        #expect(try send(service("b", #""clusterIP": "None", \#(fields)"#), to: &admission).warnings.count == 100)
    }

    @Test func namesTheFieldThatIsOfAWrongType() throws {
        var admission = Admission()
        let text = service("a", #""ports": [{"port": 80}], "loadBalancerIP": 5, "selector": {"a": 1}"#)
        let status = status(of: try send(text, to: &admission))
        #expect(status?.code == 400)
        #expect(status?.problems.map(\.message) == ["expected a string, found 5"])
        #expect(status?.problems.map(\.path.description) == ["spec.loadBalancerIP"])
        let time = service("a", "", metadata: #", "creationTimestamp": "soon""#)
        #expect(self.status(of: try send(time, to: &admission))?.message.contains(#"parsing time "soon""#) == true)
    }

    @Test func looksAtObjectsByThemselves() throws {
        func paths(_ text: String, _ kind: ObjectKind) throws -> [String] {
            try Document(json: Array(text.utf8)).withRoot { Admission.problems(with: $0, kind).map(\.path.description) }
        }
        #expect(try paths(service("a", #""clusterIP": "192.0.2.1", "ports": [{"port": 80}]"#), .service) == [])
        #expect(
            try paths(
                service(
                    "a",
                    #""type": "LoadBalancer", "externalTrafficPolicy": "Local", "healthCheckNodePort": 70000, "ports": []"#
                ),
                .service) == ["spec.healthCheckNodePort"], "though the server says 500 and names no field")
        #expect(try paths(#"{"metadata": {"name": "a"}, "subsets": [{}]}"#, .endpoints) == ["subsets[0]"])
        #expect(try paths(#"{"metadata": {"name": "a"}}"#, .endpointSlice) == ["addressType"])
        #expect(try paths(#"{"metadata": {"name": "A"}}"#, .pod) == [])
    }
}

extension String {
    /// How often another text is in it.
    fileprivate func components(of other: String) -> Int { ranges(of: other).count }
}
